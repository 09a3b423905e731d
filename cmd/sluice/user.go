package main

import (
	"errors"

	"github.com/spf13/pflag"

	"sluice/cmd/internal/flags"
	"sluice/validation"
	"sluice/validation/policy"
)

// userFlags say by which policies whom to judge.
type userFlags struct {
	policies []string
	name     string
	groups   []string
	exempt   []string
}

func (f *userFlags) register(set *pflag.FlagSet) {
	set.StringArrayVar(&f.policies, "policy", nil, "file or directory with FlowExportPolicies to judge by; may be repeated")
	set.StringVar(&f.name, "as", "", "user whose change it is; without it only policies for everyone apply")
	set.StringArrayVar(&f.groups, "as-group", nil, "group of that user; may be repeated")
	flags.RegisterExempt(set, &f.exempt)
}

// user is the user whom policies judge; judged says whether there are any.
func (f *userFlags) user(judged bool) (validation.User, error) {
	if f.name == "" && len(f.groups) > 0 {
		return validation.User{}, errors.New("--as-group needs --as")
	}
	if f.name != "" && !judged {
		return validation.User{}, errors.New("--as needs --policy or --from-cluster; only policies ask who makes a change")
	}
	return policy.UserAsAuthenticated(f.name, f.groups), nil
}
