package editor

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/applier/desired"
	"sluice/internal/kube"
	"sluice/validation"
)

// Editor evaluates lists.
type Editor struct {
	// DryRun sends a change as the user; nothing is stored.
	DryRun func(context.Context, kube.Write) (kube.Answer, error)
	// Command is the program, such as oc, and where the flags that name the cluster.
	Program string
	Where   []string
}

// Cluster is what an evaluation depends on.
type Cluster struct {
	// Network is the stored object.
	Network *unstructured.Unstructured
	// Ask says whether the user may ask the API server; Why says why not.
	Ask bool
	Why string
	// User and Options are used to evaluate on this machine. Policies are those of the cluster,
	// and NoPolicies says why they are not known.
	User       validation.User
	Policies   validation.PolicySet
	NoPolicies string
	Options    validation.Options
}

// ErrNoNetwork means that there is no object to change.
var ErrNoNetwork = errors.New(`the Network.operator "cluster" does not exist or can't be read, so a change of it can't be evaluated`)

// Evaluate evaluates lists.
func (e Editor) Evaluate(ctx context.Context, c Cluster, l Lists) (Verdict, error) {
	if err := l.Check(); err != nil {
		return Verdict{}, err
	}
	if c.Network == nil {
		return Verdict{}, ErrNoNetwork
	}
	command, err := l.Command(e.Program, e.Where)
	if err != nil {
		return Verdict{}, err
	}
	review, before, err := c.review(l)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Command: command, Changed: !reflect.DeepEqual(before, texts(review.Flows)) || review.Outcome() != validation.Accepted}
	if !c.Ask {
		c.local(&v, review)
		return v, nil
	}
	answer, err := e.DryRun(ctx, kube.Write{Verb: kube.MergePatch, Resource: kube.Networks(), Name: validation.ClusterName, Content: l.patch(), FieldManager: "kubectl-patch"})
	v.By = Server
	if err != nil {
		v.Outcome, v.Why = NoVerdict, err.Error()
		v.add(review, false)
		return v, nil //nolint:nilerr // the page shows it
	}
	return v, v.server(answer, review)
}

// review evaluates on this machine. before are the stored lists.
func (c Cluster) review(l Lists) (review validation.Verdict, before map[string][]string, err error) {
	old, err := desired.ReadNetwork(c.Network)
	if err != nil {
		return review, nil, err
	}
	changed := c.Network.DeepCopy()
	unstructured.RemoveNestedField(changed.Object, "spec", "exportNetworkFlows")
	if flows := l.flows(); flows != nil {
		if err := unstructured.SetNestedMap(changed.Object, flows, "spec", "exportNetworkFlows"); err != nil {
			return review, nil, fmt.Errorf("put the lists into the Network: %w", err)
		}
	}
	object, err := desired.ReadNetwork(changed)
	if err != nil {
		return review, nil, err
	}
	before = texts(validation.Review(validation.Input{Object: old.Object, Options: validation.Options{IPv6: true}}).Flows)
	in := validation.Input{Operation: validation.Update, Object: object.Object, Old: &old.Object, User: c.User, Options: c.Options}
	if !c.Ask {
		in.Policies = c.Policies
	}
	return validation.Review(in), before, nil
}

// texts are the lists by format, without empty ones.
func texts(f validation.Flows) map[string][]string {
	lists := map[string][]string{}
	for _, format := range validation.Formats() {
		if list := f.Of(format); len(list) > 0 {
			lists[format.Name()] = validation.Texts(list)
		}
	}
	return lists
}

// add adds the warnings of a review, and its errors too.
func (v *Verdict) add(review validation.Verdict, failures bool) {
	if v.Findings == nil {
		v.Findings = []Finding{}
	}
	if failures {
		for _, f := range review.Errors {
			v.Findings = append(v.Findings, finding("error", f))
		}
		for _, d := range review.Denials {
			v.Findings = append(v.Findings, denial("denial", d))
		}
		for _, d := range review.Warned {
			v.Findings = append(v.Findings, denial("warning", d))
		}
	}
	for _, f := range review.Warnings {
		v.Findings = append(v.Findings, finding("warning", f))
	}
}

// local is the verdict of the review alone.
func (c Cluster) local(v *Verdict, review validation.Verdict) {
	v.By, v.Why, v.Outcome, v.Hint = Local, c.Why, string(review.Outcome()), review.Allowed
	if c.NoPolicies != "" {
		v.Why = strings.TrimSpace(v.Why + " The policies are not evaluated: " + c.NoPolicies)
	}
	v.add(review, true)
	if len(review.Errors)+len(review.Denials) == 0 {
		v.Stored = texts(review.Flows)
	}
}

// server is the verdict of the API server. The review adds what its answer doesn't have: where
// warnings belong, and suggestions.
func (v *Verdict) server(answer kube.Answer, review validation.Verdict) error {
	v.add(review, false)
	for _, text := range answer.Warnings {
		if !slices.ContainsFunc(review.Warnings, func(f validation.Finding) bool { return f.Line() == text }) {
			v.Findings = append(v.Findings, Finding{Severity: "warning", Line: -1, Message: text})
		}
	}
	if answer.Refusal != nil {
		v.refused(answer.Refusal, review)
		return nil
	}
	v.Outcome = string(validation.Accepted)
	if answer.Object != nil {
		n, err := desired.ReadNetwork(answer.Object)
		if err != nil {
			return err
		}
		v.Stored = texts(validation.Review(validation.Input{Object: n.Object, Options: validation.Options{IPv6: true}}).Flows)
	}
	if len(review.Edits) > 0 {
		v.Outcome = string(validation.Normalized)
	}
	return nil
}

// refused reads the causes of a refusal.
func (v *Verdict) refused(status *metav1.Status, review validation.Verdict) {
	v.Outcome = string(validation.Rejected)
	if status.Reason == metav1.StatusReasonForbidden {
		v.Outcome = string(validation.Denied)
	}
	suggestions := map[string]validation.Finding{}
	for _, f := range review.Errors {
		suggestions[string(f.Rule)+" "+f.Field] = f
	}
	var causes []metav1.StatusCause
	if status.Details != nil {
		causes = status.Details.Causes
	}
	for _, c := range causes {
		kind := string(c.Type)
		if kind == validation.CauseHint {
			v.Hint = c.Message
			continue
		}
		f := Finding{Severity: "error", Message: c.Message, Rule: kind}
		f.Format, f.Line = place(c.Field)
		if source, denied := strings.CutPrefix(kind, validation.CausePrefix); denied {
			f.Severity, f.Rule = "denial", "policy "+source
			f.Message = strings.TrimSuffix(c.Message, " [policy "+source+"]")
		}
		if known, ok := suggestions[kind+" "+c.Field]; ok {
			f = finding("error", known)
		}
		v.Findings = append(v.Findings, f)
	}
	slices.SortStableFunc(v.Findings, func(a, b Finding) int { return severity(a) - severity(b) })
	if len(causes) == 0 {
		v.Message = status.Message
	}
}

func severity(f Finding) int { return slices.Index([]string{"error", "denial", "warning"}, f.Severity) }
