package document_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/internal/document"
	"sluice/validation"
)

// TestFixAcceptsItsOwnOutput rewrites generated lists in all styles. The result is accepted, has
// the promised collectors, and keeps all comments.
func TestFixAcceptsItsOwnOutput(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	fixedSome := 0
	for range 3000 {
		text := generate(random)
		docs, verdicts := review(t, text)
		if len(docs) != 1 {
			t.Fatalf("%d documents in:\n%s", len(docs), text)
		}
		if verdicts[0].Outcome() == validation.Rejected {
			continue // more than 10 collectors
		}
		fixed, err := document.Fix([]byte(text), docs, verdicts)
		if err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		_, again := review(t, string(fixed))
		if diff := cmp.Diff(verdicts[0].Flows, again[0].Flows, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" || len(again[0].Errors) > 0 || unfinished(again[0]) {
			t.Fatalf("%s: %v, exports (-want +got):\n%s\nbefore:\n%s\nafter:\n%s", again[0].Outcome(), again[0].Errors, diff, text, fixed)
		}
		if len(verdicts[0].Edits) == 0 {
			if string(fixed) != text {
				t.Fatalf("canonical text was changed:\n%s", text)
			}
			continue
		}
		fixedSome++
		if strings.Contains(text, "# keep") && !strings.Contains(string(fixed), "# keep") {
			t.Fatalf("a comment was lost:\n%s\nafter:\n%s", text, fixed)
		}
	}
	if fixedSome < 1000 {
		t.Errorf("only %d texts needed rewriting", fixedSome)
	}
}

// generate writes a Network or a patch with lists that are valid, but rarely canonical.
func generate(random *rand.Rand) string {
	style := random.IntN(4)
	var formats []string
	for _, f := range validation.Formats() {
		if random.IntN(3) > 0 {
			formats = append(formats, block(random, style, f.Field()))
		}
	}
	json := style == 3
	header := "apiVersion: operator.openshift.io/v1\nkind: Network\n"
	if json {
		header = `"apiVersion": "operator.openshift.io/v1", "kind": "Network",`
	}
	switch {
	case json:
		return "{" + header + ` "spec": {"exportNetworkFlows": {` + strings.Join(formats, ", ") + "}}}"
	case style == 2:
		return header + "spec: {exportNetworkFlows: {" + strings.Join(formats, ", ") + "}, managementState: Managed} # keep\n"
	case len(formats) == 0:
		return header + "spec: # keep\n  exportNetworkFlows:\n"
	}
	text := header + "# keep\nspec:\n  exportNetworkFlows:\n" + strings.Join(formats, "")
	if random.IntN(2) == 0 {
		text += "  managementState: Managed\n"
	}
	switch random.IntN(4) {
	case 0:
		return strings.ReplaceAll(text, "\n", "\r\n")
	case 1:
		return strings.TrimSuffix(text, "\n")
	}
	return text
}

// block writes the list of one format: 0 and 1 are block styles, 2 is flow, 3 is JSON.
func block(random *rand.Rand, style int, field string) string {
	items := make([]string, random.IntN(5))
	for i := range items {
		items[i] = scalar(random, collector(random), style)
	}
	if random.IntN(6) == 0 {
		items = []string{"x"}
		items[0] = scalar(random, collector(random), style)
		switch style {
		case 0, 1:
			return fmt.Sprintf("    %s:\n      collectors: %s # one\n", field, items[0])
		case 2:
			return fmt.Sprintf("%s: {collectors: %s}", field, items[0])
		}
		return fmt.Sprintf("%q: {\"collectors\": %s}", field, items[0])
	}
	switch {
	case style == 3:
		return fmt.Sprintf("%q: {\"collectors\": [%s]}", field, strings.Join(items, ","))
	case style == 2:
		return fmt.Sprintf("%s: {collectors: [ %s ]}", field, strings.Join(items, " , "))
	case len(items) == 0:
		return fmt.Sprintf("    %s:\n      collectors: []\n", field)
	}
	text := fmt.Sprintf("    %s:\n      collectors: # list\n", field)
	for _, item := range items {
		text += strings.Repeat(" ", 6+2*style) + "- " + item
		if random.IntN(2) == 0 {
			text += " # it's one"
		}
		text += "\n" + strings.Repeat("\n", random.IntN(2))
	}
	return text
}

// collector writes one or more collectors in a valid form.
func collector(random *rand.Rand) string {
	var pieces []string
	for range 1 + random.IntN(2)*random.IntN(3) {
		host := "192.0.2." + strconv.Itoa(1+random.IntN(4))
		switch random.IntN(6) {
		case 0:
			host = "[" + host + "]"
		case 1:
			host = "udp://" + host
		case 2:
			host = "[::ffff:" + host + "]"
		}
		pieces = append(pieces, host+":"+strings.Repeat("0", random.IntN(2))+"2055")
	}
	return strings.Join(pieces, []string{",", ", ", ",,"}[random.IntN(3)])
}

func scalar(random *rand.Rand, text string, style int) string {
	switch quotes := random.IntN(3); {
	case style == 3 || quotes == 0:
		return `"` + strings.Repeat(" ", random.IntN(2)) + text + `"`
	case quotes == 1 || text[0] == '[' || style == 2:
		return "'" + text + "'"
	}
	return text
}
