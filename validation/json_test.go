package validation_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"sluice/validation"
)

// deepest is how far lists and objects may be nested.
const deepest = 32

func jsonSeeds() []string {
	return []string{
		``, ` `, `null`, `true`, `false`, `nul`, `nullx`, `truefalse`, `"true"`, "\ufeff1",
		`0`, `-0`, `-`, `01`, `1.`, `1.5`, `.5`, `1e5`, `1E+5`, `1e`, `1e+`, `--1`, `+1`, `0x1`, `NaN`, `Infinity`, `12345678901234567890123`,
		`""`, `"`, `"a`, `"a"b`, `"\"`, `"\\"`, `"\""`, `"\n\t\r\b\f\/"`, `"\x"`, `"\u00e9"`, `"\u00E"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`,
		"\"a\nb\"", "\"\x7f\"", "\"\\\n\"", "\"\u2028\"", `'a'`,
		`[]`, `[ ]`, `[`, `]`, `[,]`, `[1,]`, `[1 2]`, `[1,2]`, `[1,[2,[3]]]`, `[[]`, `[]]`, `[1}`, `["a":1]`,
		`{}`, `{ }`, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{a:1}`, `{1:2}`, `{"a":1,"a":2}`, `{"":{"":[]}}`, `{"a":1]`, `{"a"`, `{"a":1`,
		"\t[\r\n1 , 2\n]\t", "[1,\v2]", "[1]\x00", "\u00a0[1]", `// comment`, `[1/*x*/]`, `1 2`, `[1] []`,
		strings.Repeat("[", deepest+1) + strings.Repeat("]", deepest+1),
		strings.Repeat("[", deepest+2) + strings.Repeat("]", deepest+2),
		strings.Repeat(`{"a":`, deepest) + `1` + strings.Repeat("}", deepest),
		strings.Repeat("[", 200), "[" + strings.Repeat(`"x",`, 100) + `"x"]`,
		`{"netFlow":{"collectors":["192.168.1.99:2056"]},"sFlow":null}`,
	}
}

func TestTheParserAgreesWithEncodingJSON(t *testing.T) {
	for _, text := range jsonSeeds() {
		t.Run(text, func(t *testing.T) { compareParsers(t, text) })
	}
}

func FuzzTheParserAgreesWithEncodingJSON(f *testing.F) {
	for _, text := range jsonSeeds() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) {
			compareParsers(t, text)
		} else if v, err := validation.ParseJSON([]byte(text)); err == nil {
			t.Errorf("text that is not UTF-8 reads as %v", v)
		}
	})
}

func compareParsers(t *testing.T, text string) {
	t.Helper()
	got, err := validation.ParseJSON([]byte(text))
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var want any
	valid := json.Valid([]byte(text)) && decoder.Decode(&want) == nil
	switch {
	case err != nil && strings.Contains(err.Error(), "\n"):
		t.Errorf("the error has several lines: %q", err)
	case valid && nesting(text) > deepest+1:
		if err == nil {
			t.Errorf("read, though nested %d deep", nesting(text))
		}
	case valid != (err == nil):
		t.Errorf("ParseJSON: %v; encoding/json finds it valid: %t", err, valid)
	case valid:
		// Not cmp.Diff, whose time doubles with each level of nesting.
		if value := plain(got); !reflect.DeepEqual(want, value) {
			t.Errorf("got %v, encoding/json reads %v", value, want)
		}
	}
}

// nesting is how deep the lists and objects of valid JSON are nested.
func nesting(text string) int {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	depth, most := 0, 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return most
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
			most = max(most, depth)
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
}

// plain is a value as encoding/json would decode it.
func plain(v validation.Value) any {
	switch v.Kind {
	case validation.Bool:
		return v.Text == "true"
	case validation.Number:
		return json.Number(v.Text)
	case validation.String:
		return v.Text
	case validation.List:
		items := []any{}
		for _, item := range v.Items {
			items = append(items, plain(item))
		}
		return items
	case validation.Map:
		members := map[string]any{}
		for _, m := range v.Members {
			members[m.Key] = plain(m.Value)
		}
		return members
	case validation.Absent, validation.Null, validation.LongString:
	}
	return nil
}

func TestTheParserKeepsWhatADecoderLoses(t *testing.T) {
	got := parse(t, `{"b":1,"a":2,"b":[true]}`)
	want := validation.Value{Kind: validation.Map, Members: []validation.Member{
		{Key: "b", Value: validation.Value{Kind: validation.Number, Text: "1"}},
		{Key: "a", Value: validation.Value{Kind: validation.Number, Text: "2"}},
		{Key: "b", Value: validation.Value{Kind: validation.List, Items: []validation.Value{{Kind: validation.Bool, Text: "true"}}}},
	}}
	if !reflect.DeepEqual(want, got) { // not cmp.Diff, which would call Equal
		t.Errorf("got %v, want %v", got, want)
	}
	if last := got.Get("b"); last.Kind != validation.List {
		t.Errorf("Get returns %s, want the last of duplicate keys", last.Kind)
	}
}

func TestErrorsOfTheParserNameThePlace(t *testing.T) {
	for text, want := range map[string]string{
		`[1,x]`:                 "after offset 3",
		`[1`:                    "after offset 2",
		`{"a":1`:                "after offset 6",
		`{`:                     "after offset 1",
		`[1] 2`:                 "text after the value",
		`{1:2}`:                 "after offset 1",
		"\"\xff\"":              "not valid UTF-8",
		strings.Repeat("[", 40): "nested deeper than 32 levels",
	} {
		_, err := validation.ParseJSON([]byte(text))
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: got %v, want an error that ends in %q", text, err, want)
		}
	}
}

func TestValuesAreEqualAsJSON(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[2]}`, `{ "b": [ 2 ], "a": 1 }`, true},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"a":1}`, `{"b":1}`, false},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{`{"a":2,"a":2}`, `{"a":2,"b":3}`, false},
		{`{"a":2,"b":3}`, `{"a":2,"a":2}`, false},
		{`[[1]]`, `[[2]]`, false},
		{`{"a":1,"a":2}`, `{"a":1,"a":2}`, true},
	} {
		if got := parse(t, c.a).Equal(parse(t, c.b)); got != c.want {
			t.Errorf("%s equal to %s: %t", c.a, c.b, got)
		}
	}
}
