package validation

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// canonical is a text of a whole value that equal values have in common, and others do not.
func (v Value) canonical() string {
	var b strings.Builder
	v.write(&b)
	return b.String()
}

func (v Value) write(b *strings.Builder) {
	b.WriteByte('0' + byte(v.Kind))
	switch v.Kind {
	case Absent, Null, LongString:
	case Bool, Number, String:
		b.WriteString(strconv.Itoa(len(v.Text)) + ":" + v.Text)
	case List:
		b.WriteString(strconv.Itoa(len(v.Items)) + "," + strconv.Itoa(v.More) + ":")
		for _, item := range v.Items {
			item.write(b)
		}
	case Map:
		b.WriteString(strconv.Itoa(len(v.Members)) + ":")
		for _, m := range slices.SortedStableFunc(slices.Values(v.Members), func(a, b Member) int { return cmp.Compare(a.Key, b.Key) }) {
			b.WriteString(strconv.Itoa(len(m.Key)) + ":" + m.Key)
			m.Value.write(b)
		}
	}
}
