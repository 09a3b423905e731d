package policy

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"sluice/validation"
)

// NamespaceExplanation is what a user may do with the FlowExports of a namespace.
type NamespaceExplanation struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels,omitempty"`
	User      string            `json:"user"`
	Groups    []string          `json:"groups"`
	// Exempt says that no policy restricts what the user stores. What is accepted, the policies say
	// nevertheless.
	Exempt bool `json:"exempt,omitempty"`
	// All is how many policies are about FlowExports; Policies are those that apply.
	All      int        `json:"allPolicies"`
	Policies []Applying `json:"policies"`
	Allow    []RuleText `json:"allow,omitempty"`
	Deny     []RuleText `json:"deny,omitempty"`
	// MaxFlowExports and MaxCollectors are the quotas.
	MaxFlowExports int `json:"maxFlowExports"`
	MaxCollectors  int `json:"maxCollectors"`
}

// ExplainNamespace says what a user may do with the FlowExports of a namespace.
func ExplainNamespace(set *Set, user validation.User, n validation.Namespace) NamespaceExplanation {
	applying := set.applyingIn(user, n)
	e := NamespaceExplanation{
		Namespace: n.Name, Labels: n.Labels, User: user.Name, Groups: append([]string{}, user.Groups...), Exempt: set.Exempt(user),
		All: len(set.tenants.compiled), Policies: []Applying{}, MaxCollectors: validation.MaxTenantCollectors,
	}
	for _, p := range applying {
		because := because(p.Policy, user)
		e.Policies = append(e.Policies, Applying{Name: p.Name, Enforcement: p.Enforcement.String(), Because: because, Fault: p.Fault})
		for i, r := range p.Allow {
			e.Allow = append(e.Allow, RuleText{Source: fmt.Sprintf("%s/allow[%d]", p.Name, i), Text: r.Full(), rule: r})
		}
		if p.Enforcement != Deny {
			continue
		}
		for i, r := range p.Deny {
			e.Deny = append(e.Deny, RuleText{Source: fmt.Sprintf("%s/deny[%d]", p.Name, i), Text: r.Full(), rule: r})
		}
		if p.MaxCollectors != nil {
			e.MaxCollectors = min(e.MaxCollectors, *p.MaxCollectors)
		}
	}
	e.MaxFlowExports, _ = quota(applying)
	return e
}

// WriteText writes the explanation for people.
func (e NamespaceExplanation) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	name := e.User
	if name == "" {
		name = "Any user"
	}
	groups := ""
	if len(e.Groups) > 0 {
		groups = " (" + strings.Join(e.Groups, ", ") + ")"
	}
	fmt.Fprintf(t, "%s%s in the namespace %s\n\n", name, groups, e.Namespace)
	if e.Exempt {
		fmt.Fprintln(t, "This user is exempt from all policies and can store any well-formed FlowExport. The nodes export it only if a policy allows its collectors.")
		return t.Flush()
	}
	if len(e.Policies) == 0 {
		fmt.Fprintf(t, "No policy allows this user FlowExports in this namespace (%d policies are about FlowExports). To allow them, a\ncluster administrator names the namespace in spec.namespaces of a FlowExportPolicy.\n", e.All)
		return t.Flush()
	}
	fmt.Fprintf(t, "%d of %s about FlowExports apply:\n", len(e.Policies), counted(e.All))
	for _, p := range e.Policies {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", p.Name, p.Enforcement, p.reason())
	}
	fmt.Fprintln(t)
	for _, p := range e.Policies {
		if p.Fault != "" {
			fmt.Fprintf(t, "  No collector can be added while policy %s is invalid: %s\n", p.Name, p.Fault)
		}
	}
	if len(e.Allow) == 0 {
		fmt.Fprintln(t, "  No collector can be added: there is no allow rule.")
	} else {
		fmt.Fprintln(t, "  May send to collectors that match one of:")
		writeRules(t, e.Allow)
	}
	if len(e.Deny) > 0 {
		fmt.Fprintln(t, "  May never send, even if allowed above:")
		writeRules(t, e.Deny)
	}
	fmt.Fprintln(t, "  Loopback, link-local and multicast addresses are always rejected: the datagrams leave from the nodes.")
	fmt.Fprintf(t, "  At most %d FlowExports in the namespace, each with at most %d collectors.\n", e.MaxFlowExports, e.MaxCollectors)
	return t.Flush()
}
