package ovs

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"sluice/validation"
)

// Exporter is the content of one row of table NetFlow, sFlow or IPFIX.
type Exporter struct {
	Format validation.Format
	// Targets are where records are sent: a set, in no particular order.
	Targets []string
	// Settings holds the columns that are set.
	Settings Settings
}

// Settings are values by column. A missing column has Open vSwitch's default.
type Settings map[ColumnName]string

// Setting is the value that takes effect in a column.
func (r Exporter) Setting(c ColumnName) string { return column(c).effective(r.Settings[c]) }

// Texts writes collectors as Open vSwitch reads them.
func Texts(collectors []netip.AddrPort) []string {
	texts := make([]string, len(collectors))
	for i, c := range collectors {
		texts[i] = c.String()
	}
	return texts
}

// CanonicalTargets are the targets in one spelling, sorted, each once.
func (r Exporter) CanonicalTargets() []string {
	targets := make([]string, len(r.Targets))
	for i, t := range r.Targets {
		targets[i] = canonicalTarget(t)
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

func canonicalTarget(target string) string {
	parsed, err := netip.ParseAddrPort(target)
	if err != nil {
		return target // a foreign row may hold anything
	}
	return parsed.String()
}

// Equal reports whether two records make Open vSwitch do the same: the same targets in any
// order, and the same values in effect.
func (r Exporter) Equal(other Exporter) bool {
	return r.Format == other.Format &&
		slices.Equal(r.CanonicalTargets(), other.CanonicalTargets()) &&
		!slices.ContainsFunc(ColumnsOf(r.Format), func(c Column) bool {
			return c.effective(r.Settings[c.Name]) != c.effective(other.Settings[c.Name])
		})
}

// Hash names what the record makes Open vSwitch do: equal records have equal hashes. What
// has its default does not count, so that hashes outlive versions of Sluice that know more
// columns.
func (r Exporter) Hash() string {
	var b strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace // a foreign row may hold anything
	b.WriteString(r.Format.Field())
	for _, t := range r.CanonicalTargets() {
		b.WriteString("\n>" + escape(t))
	}
	for _, c := range ColumnsOf(r.Format) {
		if v := c.effective(r.Settings[c.Name]); v != c.Default {
			b.WriteString("\n" + string(c.Name) + "=" + escape(v))
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:6])
}

// String is the record in one line, as a plan shows it.
func (r Exporter) String() string {
	parts := []string{"targets=" + textSet(r.CanonicalTargets())}
	for _, c := range ColumnsOf(r.Format) {
		if v := r.Settings[c.Name]; v != "" {
			parts = append(parts, Setting{Column: c, To: v}.assignment())
		}
	}
	return strings.Join(parts, " ")
}

// Without returns the record without some columns.
func (r Exporter) Without(columns ...ColumnName) Exporter {
	kept := Settings{}
	for c, v := range r.Settings {
		if !slices.Contains(columns, c) {
			kept[c] = v
		}
	}
	r.Settings = kept
	return r
}
