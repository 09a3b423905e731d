package printable_test

import (
	"encoding/json"
	"testing"

	"sluice/cmd/internal/printable"
)

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"worker-1: é → 日本 👍":          "worker-1: é → 日本 👍",
		"\x1b[31mred\x1b]0;title\x07": `\x1b[31mred\x1b]0;title\a`,
		"a\nOK (context east)\r\tb":   "a OK (context east)  b",
		"\u202eRTL\u2066\u200b\ufeff": `\u202eRTL\u2066\u200b\ufeff`,
		"\u009b2J\u0085\u2028\x7f":    `\u009b2J  \x7f`,
		"\xff\xfea":                   "\ufffd\ufffda",
		"\U000e0041":                  `\U000e0041`,
	} {
		if got := printable.Line(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestBlockKeepsLines(t *testing.T) {
	if got, want := printable.Block("a\tb\r\n\x1b[2Jc\rd\n"), "a\tb\n\\x1b[2Jc\\rd\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestJSONKeepsValues(t *testing.T) {
	const value = "\x1b\x7f\u009b\u202e\U000e0041 é"
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	escaped := printable.JSON(text)
	var got string
	if err := json.Unmarshal(escaped, &got); err != nil || got != value || printable.HasRaw(escaped) {
		t.Errorf("%s: %q, %v", escaped, got, err)
	}
}
