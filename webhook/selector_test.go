package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json/jsontext"

	"sluice/validation"
)

// selected decodes a review as it arrives, and decodedWhole decodes all of it.
func selected(from io.Reader) (*admissionRequest, error) {
	b := newBody(newMemory())
	b.selector.start(from, b)
	if err := b.selector.run(); err != nil {
		return nil, err
	}
	return decode(b)
}

func decodedWhole(body []byte) (*admissionRequest, error) {
	b := newBody(newMemory())
	b.Write(body)
	return decode(b)
}

// withoutContent removes what the selector does not keep: values of keys that nothing reads.
func withoutContent(r *admissionRequest) *admissionRequest {
	if r == nil {
		return nil
	}
	empty := func(v *validation.Value) {
		switch v.Kind {
		case validation.String, validation.LongString:
			*v = validation.Value{Kind: validation.String}
		case validation.List, validation.Map:
			*v = validation.Value{Kind: v.Kind}
		case validation.Absent, validation.Null, validation.Bool, validation.Number: // have no content
		}
	}
	for _, o := range []*validation.Object{r.Object, r.OldObject} {
		if o == nil {
			continue
		}
		for _, v := range []*validation.Value{&o.Data, &o.BinaryData} {
			if v.Kind != validation.Map {
				empty(v)
				continue
			}
			for i := range v.Members {
				if v == &o.BinaryData || !validation.FlowsConfigKey(v.Members[i].Key) {
					empty(&v.Members[i].Value)
				}
			}
		}
	}
	return r
}

// checkSelection compares the two ways to read one body.
func checkSelection(t *testing.T, body []byte, reader func(io.Reader) io.Reader) {
	t.Helper()
	want, wantErr := decodedWhole(body)
	got, gotErr := selected(reader(bytes.NewReader(body)))
	if !jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(true)) {
		return // then the selector finds other errors, or none in what it skips
	}
	if wantErr == nil && want.Unreadable == nil {
		if gotErr != nil {
			t.Fatalf("%q: %v", body, gotErr)
		}
		if want, got = withoutContent(want), withoutContent(got); !reflect.DeepEqual(want, got) { // not cmp.Diff, which would call Equal
			t.Fatalf("%q:\ngot  %+v\nwant %+v", body, got, want)
		}
		return
	}
	// What the selector accepts in addition is too much in a part that it skips.
	if gotErr == nil && got.Unreadable == nil && (want == nil || !errors.Is(want.Unreadable, validation.ErrTooManyValues)) {
		t.Fatalf("%q: accepted %+v, want %v (%+v)", body, got, wantErr, want)
	}
}

// reviewWriter writes random reviews.
type reviewWriter struct {
	random *rand.Rand
	tame   int
	out    strings.Builder
}

func (w *reviewWriter) one(texts ...string) string { return texts[w.random.IntN(len(texts))] }

func (w *reviewWriter) space() {
	if w.random.IntN(20) == 0 {
		w.out.WriteString(w.one(" ", "\n", "\t  ", "\r\n"))
	}
}

// rarely is true at most one time in 10, and the less the tamer the review is.
func (w *reviewWriter) rarely() bool { return w.random.IntN(w.tame) == 0 }

// object writes a member for most of the keys: rarely repeated, in other letters, escaped, or with another value.
func (w *reviewWriter) object(depth int, keys []string, value func(key string)) {
	w.out.WriteByte('{')
	first := true
	member := func(key string, value func()) {
		if !first {
			w.out.WriteByte(',')
		}
		first = false
		w.space()
		w.out.WriteString(`"` + key + `"`)
		w.space()
		w.out.WriteByte(':')
		w.space()
		value()
		w.space()
	}
	for _, key := range keys {
		if w.random.IntN(8) == 0 {
			member(w.one("foo", `a\"b`, `\\`, "", "é", strings.Repeat("k", 40)), func() { w.anything(depth) })
		}
		if w.rarely() {
			continue
		}
		text := key
		if w.rarely() {
			text = w.one(strings.ToUpper(key), fmt.Sprintf(`\u%04x`, key[0])+key[1:])
		}
		for n := 0; n == 0 || w.rarely(); n++ {
			if w.rarely() {
				member(text, func() { w.anything(depth) })
			} else {
				member(text, func() { value(key) })
			}
		}
	}
	w.out.WriteByte('}')
}

// text writes a string, sometimes one at the limit of what is read.
func (w *reviewWriter) text() {
	long := func(unit string) string {
		return strings.Repeat(unit, (validation.MaxText-2)/len(unit)+w.random.IntN(6)-2) + strings.Repeat("x", w.random.IntN(12))
	}
	text := w.one("", "a", "192.0.2.1:2055", `a\"b\\`, `\u003c`, `\ud83d\ude00`, `é€😀`, `{[,]}:`)
	if w.rarely() {
		text = long(w.one("x", "é", "€", "😀", `\n`, `\u003c`, `\ud83d\ude00`, `x\ud83d\ude00`))
	}
	w.out.WriteString(`"` + text + `"`)
}

func (w *reviewWriter) anything(depth int) {
	n := w.random.IntN(8)
	if depth > 6 && n < 3 {
		n = 7
	}
	switch n {
	case 0:
		w.object(depth+1, []string{"a", "spec", "data", "collectors"}, func(string) { w.anything(depth + 1) })
	case 1, 2:
		w.out.WriteByte('[')
		for i := range w.random.IntN(4) {
			if i > 0 {
				w.out.WriteByte(',')
			}
			w.space()
			w.anything(depth + 1)
		}
		w.out.WriteByte(']')
	case 3:
		w.out.WriteString(w.one("0", "-1.5e+3", "true", "false", "null"))
	default:
		w.text()
	}
}

func (w *reviewWriter) kubernetesObject() {
	w.object(0, []string{"metadata", "spec", "status", "data", "binaryData"}, func(key string) {
		switch key {
		case "metadata":
			w.object(0, []string{"name", "namespace", "managedFields", "ownerReferences"}, func(key string) {
				if key == "name" || key == "namespace" {
					w.text()
				} else {
					w.anything(0)
				}
			})
		case "spec":
			w.object(0, []string{
				"exportNetworkFlows", "clusterNetwork", "serviceNetwork", "defaultNetwork", "managementState",
				"exporters", "deploymentModel", "kafka", "loki", "namespace", "agent", "processor",
			}, func(key string) {
				switch key {
				case "defaultNetwork":
					w.object(0, []string{"type", "ovnKubernetesConfig"}, func(string) { w.anything(0) })
				case "agent":
					w.object(0, []string{"type", "ebpf"}, func(string) { w.component() })
				case "processor":
					w.component()
				default:
					w.anything(0)
				}
			})
		case "data", "binaryData":
			w.object(0, []string{"sharedTarget", "nodePort", "sampling", "foo"}, func(string) { w.anything(4) })
		default:
			w.anything(0)
		}
	})
}

// component writes a part of a FlowCollector with environment variables.
func (w *reviewWriter) component() {
	w.object(0, []string{"sampling", "advanced"}, func(string) {
		w.object(0, []string{"env", "port"}, func(string) { w.anything(0) })
	})
}

func (w *reviewWriter) review() string {
	w.out.Reset()
	w.tame = 10 << w.random.IntN(10)
	w.out.WriteString(`{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":`)
	w.object(0, []string{"uid", "kind", "resource", "operation", "userInfo", "object", "oldObject", "options", "dryRun"}, func(key string) {
		switch key {
		case "object", "oldObject":
			w.kubernetesObject()
		case "userInfo":
			w.object(0, []string{"username", "groups", "extra"}, func(key string) {
				if key == "username" {
					w.text()
					return
				}
				w.out.WriteString(w.one(`["a"]`, `[]`, `["a", "b"]`, `null`))
			})
		case "kind", "resource":
			w.object(0, []string{"group", "version", "kind", "resource"}, func(key string) {
				if key == "kind" && w.random.IntN(3) == 0 {
					w.out.WriteString(w.one(`"FlowExportProfile"`, `"\u0046lowExportProfile"`))
					return
				}
				w.text()
			})
		case "dryRun":
			w.out.WriteString(w.one("true", "false"))
		case "uid", "operation":
			w.out.WriteString(w.one(`"u"`, `"UPDATE"`, `"CREATE"`, `"DELETE"`))
		default:
			w.anything(0)
		}
	})
	if w.rarely() {
		w.out.WriteString(w.one("}}", "", `,"request":null}`, `,"x":}`))
	} else {
		w.out.WriteString(w.one("}", "} ", `,"x":[1]}`))
	}
	return w.out.String()
}

func readers() map[string]func(io.Reader) io.Reader {
	return map[string]func(io.Reader) io.Reader{
		"at once": func(r io.Reader) io.Reader { return r },
		"bytes":   iotest.OneByteReader,
		"halves":  iotest.HalfReader,
		"end":     iotest.DataErrReader,
	}
}

// Reading what matters as it arrives gives the same as reading all of it.
func TestTheSelectionOfRandomReviewsIsComplete(t *testing.T) {
	for name, reader := range readers() {
		t.Run(name, func(t *testing.T) {
			w := reviewWriter{random: rand.New(rand.NewPCG(1, 2))}
			readable := 0
			for range 1_500 {
				body := w.review()
				checkSelection(t, []byte(body), reader)
				if r, err := decodedWhole([]byte(body)); err == nil && r.Unreadable == nil {
					readable++
				}
			}
			if readable < 300 {
				t.Errorf("only %d of the reviews are readable", readable)
			}
		})
	}
}

func FuzzSelection(f *testing.F) {
	f.Add(usualReview)
	f.Add([]byte(review(opUpdate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, `{}`)))
	f.Add([]byte(flowsConfigReview(opDelete, "", `{"junk":"\u003c","sharedTarget":"192.0.2.1:4739"}`)))
	for seed := range uint64(20) {
		w := reviewWriter{random: rand.New(rand.NewPCG(seed, 0))}
		f.Add([]byte(w.review()))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, reader := range readers() {
			checkSelection(t, body, reader)
		}
	})
}
