package main

import (
	"errors"

	"github.com/spf13/pflag"

	"sluice/cmd/internal/flags"
	"sluice/validation"
	"sluice/validation/policy"
)

// userFlags say which policies to evaluate, and for which user.
type userFlags struct {
	policies []string
	name     string
	groups   []string
	exempt   []string
}

func (f *userFlags) register(set *pflag.FlagSet) {
	set.StringArrayVar(&f.policies, "policy", nil, "file or directory with FlowExportPolicies to evaluate; can be repeated")
	set.StringVar(&f.name, "as", "", "user to evaluate policies for; without it, only policies without subjects apply")
	set.StringArrayVar(&f.groups, "as-group", nil, "group of the user; can be repeated")
	flags.RegisterExempt(set, &f.exempt)
}

// user is the user to evaluate policies for; evaluated says whether there are policies.
func (f *userFlags) user(evaluated bool) (validation.User, error) {
	if f.name == "" && len(f.groups) > 0 {
		return validation.User{}, errors.New("--as-group needs --as")
	}
	if f.name != "" && !evaluated {
		return validation.User{}, errors.New("--as needs --policy or --from-cluster; the rules are the same for all users")
	}
	return policy.UserAsAuthenticated(f.name, f.groups), nil
}
