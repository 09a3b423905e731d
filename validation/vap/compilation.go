package vap

import (
	"fmt"

	"sluice/validation"
	"sluice/validation/policy"
)

// compilation is that of one resource at one enforcement.
type compilation struct {
	resource
	at       policy.Enforcement
	policies []policy.Policy
	exempt   []string
	networks *networkLists
}

func (c compilation) fullName() string {
	switch c.at {
	case policy.Warn:
		return c.name + "-warn"
	case policy.Audit:
		return c.name + "-audit"
	case policy.Deny:
	}
	return c.name
}

// applies is the name of the variable that says whether a policy applies to the user.
func applies(i int) string { return fmt.Sprintf("applies%d", i) }

func (c compilation) ref(i int) string { return "variables." + applies(i) }

// applies says whether a policy applies to the user.
func (c compilation) applies(p policy.Policy) string {
	var conditions []string
	if c.kind == validation.FlowsConfig {
		conditions = append(conditions, "!variables.cleaningUp")
	}
	if p.Namespaces != nil {
		conditions = append(conditions, "("+inNamespaces(p.Namespaces)+")")
	}
	if len(c.exempt) > 0 {
		conditions = append(conditions, "!(request.userInfo.username in "+literals(c.exempt, itself)+")")
	}
	if len(p.Subjects) > 0 {
		conditions = append(conditions, "("+is(p.Subjects)+")")
	}
	if len(p.Exempt) > 0 {
		conditions = append(conditions, "!("+is(p.Exempt)+")")
	}
	return all(conditions)
}

// is says whether the user is one of these.
func is(subjects []policy.Subject) string {
	var users, groups []string
	for _, s := range subjects {
		switch s.Kind {
		case policy.GroupSubject:
			groups = append(groups, s.Name)
		case policy.ServiceAccountSubject:
			users = append(users, "system:serviceaccount:"+s.Namespace+":"+s.Name)
		case policy.UserSubject:
			users = append(users, s.Name)
		}
	}
	var conditions []string
	if len(users) > 0 {
		conditions = append(conditions, "request.userInfo.username in "+literals(users, itself))
	}
	if len(groups) > 0 {
		conditions = append(conditions, "request.userInfo.?groups.orValue([]).exists(g, g in "+literals(groups, itself)+")")
	}
	return either(conditions)
}
