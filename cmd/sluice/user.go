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
	// namespace and labels are those of FlowExports.
	namespace string
	labels    map[string]string
}

func (f *userFlags) register(set *pflag.FlagSet) {
	set.StringArrayVar(&f.policies, "policy", nil, "file or directory with FlowExportPolicies to evaluate; can be repeated")
	set.StringVar(&f.name, "as", "", "user to evaluate policies for; without it, only policies without subjects apply")
	set.StringArrayVar(&f.groups, "as-group", nil, "group of the user; can be repeated")
	set.StringVarP(&f.namespace, "namespace", "n", "", "namespace of FlowExports that name none")
	set.StringToStringVar(&f.labels, "namespace-labels", nil, "labels of the namespaces of FlowExports, such as stage=production, for policies that select namespaces")
	flags.RegisterExempt(set, &f.exempt)
}

// tenant is the namespace of FlowExports.
func (f *userFlags) tenant() validation.Namespace {
	return validation.Namespace{Name: f.namespace, Labels: f.labels}
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
