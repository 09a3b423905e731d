package ovs

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"sluice/validation"
)

// Exporter is the configuration of an exporter: one row of table NetFlow, sFlow or IPFIX.
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
func (e Exporter) Setting(c ColumnName) string { return column(c).effective(e.Settings[c]) }

// Texts writes collectors as Open vSwitch reads them.
func Texts(collectors []netip.AddrPort) []string {
	texts := make([]string, len(collectors))
	for i, c := range collectors {
		texts[i] = c.String()
	}
	return texts
}

// CanonicalTargets are the targets in canonical spelling, sorted, without duplicates.
func (e Exporter) CanonicalTargets() []string {
	targets := make([]string, len(e.Targets))
	for i, t := range e.Targets {
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

// Equal reports whether two exporters have the same effect: the same targets in any order,
// and the same values in effect.
func (e Exporter) Equal(other Exporter) bool {
	return e.Format == other.Format &&
		slices.Equal(e.CanonicalTargets(), other.CanonicalTargets()) &&
		!slices.ContainsFunc(ColumnsOf(e.Format), func(c Column) bool {
			return c.effective(e.Settings[c.Name]) != c.effective(other.Settings[c.Name])
		})
}

// Hash identifies the effect of the exporter: equal exporters have equal hashes. A value that
// is the default does not count, so that hashes stay valid when Sluice learns more columns.
func (e Exporter) Hash() string {
	var b strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace // a foreign row may hold anything
	b.WriteString(e.Format.Field())
	for _, t := range e.CanonicalTargets() {
		b.WriteString("\n>" + escape(t))
	}
	for _, c := range ColumnsOf(e.Format) {
		if v := c.effective(e.Settings[c.Name]); v != c.Default {
			b.WriteString("\n" + string(c.Name) + "=" + escape(v))
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:hashBytes])
}

// hashBytes is the length of a hash.
const hashBytes = 6

// String is the exporter in one line, as a plan shows it.
func (e Exporter) String() string {
	parts := []string{"targets=" + textSet(e.CanonicalTargets())}
	for _, c := range ColumnsOf(e.Format) {
		if v := e.Settings[c.Name]; v != "" {
			parts = append(parts, Setting{Column: c, To: v}.assignment())
		}
	}
	return strings.Join(parts, " ")
}

// Without returns the exporter without some columns.
func (e Exporter) Without(columns ...ColumnName) Exporter {
	kept := Settings{}
	for c, v := range e.Settings {
		if !slices.Contains(columns, c) {
			kept[c] = v
		}
	}
	e.Settings = kept
	return e
}
