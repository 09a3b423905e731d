package flags

import (
	"github.com/spf13/pflag"

	"sluice/validation"
)

// Review are the flags for the review of lists, in the server and in the commands that predict
// its verdicts.
type Review struct{ Normalization, IPFamilies string }

// Register adds the flags.
func (r *Review) Register(flags *pflag.FlagSet) {
	flags.StringVar(&r.Normalization, "normalization", "mutate", "what to do with a valid list that is not canonical: mutate (rewrite it) or reject")
	r.RegisterIPFamilies(flags)
}

// RegisterIPFamilies adds only --ip-families, for commands that never rewrite.
func (r *Review) RegisterIPFamilies(flags *pflag.FlagSet) {
	flags.StringVar(&r.IPFamilies, "ip-families", "ipv4", "address families that the installed Network CRD accepts: ipv4 or ipv4,ipv6")
}

// Options returns the options that the flags select.
func (r *Review) Options() (validation.Options, error) {
	return validation.ParseOptions(r.Normalization, r.IPFamilies)
}

// RegisterExempt adds the flag for users to whom no policy applies.
func RegisterExempt(flags *pflag.FlagSet, exempt *[]string) {
	flags.StringArrayVar(exempt, "exempt-user", nil, "user to whom no policy applies, in addition to the Cluster Network Operator; can be repeated")
}

// Exempt returns all users to whom no policy applies.
func Exempt(named []string) []string { return append([]string{validation.OperatorUser}, named...) }
