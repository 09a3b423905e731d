package document

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
)

// fragments are parts of streams that end, begin, or continue a document for one of the two readers,
// or reach across its end.
var fragments = []string{
	"---\n", "--- # a comment\n", "---\n---\n", "...\n", "# only a comment\n", "\n", "~\n", "null\n", "''\n", "!!null\n",
	"a: 1\n", "a: {b: [1, 2]}\n", "- x\n- y\n", "a: |+\n  text\n\n", "a: \"x\n", "a: 'x\n", "x\n", "a: &n 1\n", "b: *n\n", "a: 'b *n'\n",
	"%TAG ! tag:x,2000:\n", "%YAML 1.1\n", "a: %TAG\n", "a: 1\r\n", "a: 1\r---\rb: 2\n", "\uFEFFa: 1\n", "a: b\u2028c: d\n", "a: b\u0085",
	"[", "]\n", "{a: 1\n", "}\n", "? a\n: b\n", "a:\n", "  b: 1\n", "\t\n", "--- a: 1\n", "---x\n", " ---\n", "a: >-\n  ---\n", "a: x\n  ---\n  y\n",
}

// A tree of a document that was parsed together with others is that of the document alone.
func TestDocumentsHaveTheSameTreesTogether(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	compared, apart := 0, 0
	for range 4_000 {
		var b strings.Builder
		for range 2 + random.IntN(10) {
			if random.IntN(4) > 0 {
				b.WriteString("# a comment\na:\n  b: [1, 2]\n---\n")
			} else {
				b.WriteString(fragments[random.IntN(len(fragments))])
			}
		}
		text := []byte(b.String())
		parts, _ := chunks("x", text)
		for len(parts) > 0 {
			group := firstGroup(parts)
			parts = parts[len(group):]
			r := newReader("x", len(text))
			for i, tree := range together(text, group) {
				if tree == nil {
					apart++
					continue
				}
				compared++
				c := group[i]
				want, err := r.parse(text[c.start:c.end], c.line)
				if err != nil || want == nil {
					t.Fatalf("document %d of\n%q\nhas a tree together, but alone: %v", i+1, text, err)
				}
				r.place(tree, group[0].line-1)
				r.place(want, c.line-1)
				// Comments are not read: a document may get those of its neighbors.
				ignored := cmpopts.IgnoreFields(yaml.Node{}, "HeadComment", "LineComment", "FootComment")
				if diff := cmp.Diff(want.Content[0], tree.Content[0], ignored); diff != "" {
					t.Fatalf("document %d of\n%q\n(-alone +together):\n%s", i+1, text, diff)
				}
			}
		}
	}
	t.Logf("%d trees were equal, %d documents were left to be parsed alone", compared, apart)
	if compared < 1000 || apart < 1000 {
		t.Errorf("%d trees compared and %d not; the fragments show too little", compared, apart)
	}
}

func TestGroupsAreBounded(t *testing.T) {
	small := []byte(strings.Repeat("a: 1\n---\n", 3*maxGroup))
	parts, err := chunks("x", small)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(firstGroup(parts)); got != maxGroup {
		t.Errorf("%d small documents in a group, want %d", got, maxGroup)
	}
	large := []byte(strings.Repeat("a: "+strings.Repeat("x", maxGroupBytes)+"\n---\n", 3))
	if parts, err = chunks("x", large); err != nil {
		t.Fatal(err)
	}
	if got := len(firstGroup(parts)); got != 1 {
		t.Errorf("%d large documents in a group, want 1", got)
	}
}
