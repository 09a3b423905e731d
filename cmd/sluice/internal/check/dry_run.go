package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/cmd/sluice/internal/report"
	"sluice/internal/document"
	"sluice/internal/kube"
	"sluice/validation"
)

// Server evaluates documents with dry runs of an API server, as the user would send them.
type Server struct {
	// DryRun sends one change.
	DryRun func(context.Context, kube.Write) (kube.Answer, error)
	// User is the name of the current user, for the results.
	User string
	// Replace sends whole objects as "kubectl replace" does; otherwise as a server-side apply of
	// the field manager. Patches are merge patches.
	Replace      bool
	FieldManager string
	// Tenant is the namespace of FlowExports that name none.
	Tenant Tenant
}

// evaluate asks the API server about a document, and adds the answer to its result. An error says
// that there is no answer. A document with keys that the API server would drop is not sent.
func (s *Server) evaluate(ctx context.Context, d document.Document, r *report.Result) error {
	if slices.ContainsFunc(r.Verdict.Errors, notSent) {
		return nil
	}
	if d.Kind == document.JSONPatch {
		r.Server = &report.Answer{User: s.User, NoAnswer: "a JSON patch is not sent; ask with: oc patch network.operator cluster --type=json --dry-run=server --patch-file FILE"}
		return nil
	}
	w, ok, err := s.write(d)
	if err != nil {
		r.Server = &report.Answer{User: s.User, NoAnswer: "the document cannot be sent"}
		return err
	}
	if !ok {
		return nil
	}
	answer, err := s.DryRun(ctx, w)
	if err != nil {
		r.Server = &report.Answer{User: s.User, NoAnswer: whyNoAnswer(err)}
		return fmt.Errorf("%s:%d: %s %s: %w", d.File, d.Line, w.Resource.Resource, w.Name, err)
	}
	r.Server = &report.Answer{User: s.User, Accepted: answer.Refusal == nil}
	for _, text := range answer.Warnings {
		if !slices.ContainsFunc(r.Verdict.Warnings, func(f validation.Finding) bool { return f.Line() == text }) {
			r.Server.Warnings = append(r.Server.Warnings, text)
		}
	}
	if answer.Refusal != nil {
		addRefusal(r, d, answer.Refusal)
	}
	return nil
}

// whyNoAnswer says in short why there is no verdict; the error has the details. The API server answers
// with an internal error if it cannot call a webhook with failurePolicy Fail, among other causes.
func whyNoAnswer(err error) string {
	if apierrors.IsInternalError(err) {
		return "the API server answered with an internal error, for example because it could not call the webhook"
	}
	return "the API server did not evaluate it"
}

// notSent reports whether a finding is about a key that the API server would drop, so that it would
// evaluate another change than the user means.
func notSent(f validation.Finding) bool {
	return f.Rule == validation.RuleUnknownField || f.Rule == validation.RuleDuplicateField
}

// write is the request for a document; false if it has none.
func (s *Server) write(d document.Document) (kube.Write, bool, error) {
	content, err := d.Content()
	if err != nil {
		return kube.Write{}, false, err
	}
	w := kube.Write{Resource: kube.Networks(), Name: d.Name, Content: content, FieldManager: s.FieldManager}
	if s.Replace {
		w.Verb = kube.Replace
	}
	switch d.Kind {
	case document.Patch:
		w.Verb = kube.MergePatch
		if w.Name == "" {
			w.Name = validation.ClusterName
		}
		return w, true, nil
	case document.ConfigMap:
		w.Resource, w.Namespace = kube.ConfigMaps(), validation.FlowsConfigNamespace
	case document.Profile:
		w.Resource = kube.Profiles()
	case document.FlowExport:
		w.Resource, w.Namespace = kube.FlowExports(), s.Tenant.Of(d).Name
	case document.FlowCollector:
		version, _ := content["apiVersion"].(string)
		if group, err := schema.ParseGroupVersion(version); err == nil {
			w.Resource = group.WithResource(validation.FlowCollectorResource)
		}
	case document.Network, document.JSONPatch:
	}
	if content["apiVersion"] != w.Resource.GroupVersion().String() || w.Name == "" || d.Kind == document.FlowExport && w.Namespace == "" {
		return w, false, nil // a Network of another group, which the review rejects
	}
	prune(content)
	return w, true, nil
}

// prune removes what the API server sets, so that its own output can be checked.
func prune(content map[string]any) {
	delete(content, "status")
	metadata, ok := content["metadata"].(map[string]any)
	if !ok {
		return
	}
	for _, key := range []string{"managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"} {
		delete(metadata, key)
	}
}

// addRefusal adds the causes of a refusal to the verdict: denials, and findings that the review of
// the file does not have. What is not Sluice's is told as the API server says it.
func addRefusal(r *report.Result, d document.Document, status *metav1.Status) {
	r.Server.Code, r.Server.Reason = status.Code, string(status.Reason)
	var causes []metav1.StatusCause
	if status.Details != nil {
		causes = status.Details.Causes
	}
	known := map[string]bool{}
	for _, rule := range validation.Rules() {
		known[string(rule.Rule)] = true
	}
	var foreign []string
	for _, c := range causes {
		kind := string(c.Type)
		source, denied := strings.CutPrefix(kind, validation.CausePrefix)
		switch {
		case kind == validation.CauseHint:
			r.Server.Hint = c.Message
		case denied:
			r.Verdict.Denials = append(r.Verdict.Denials, denial(source, c, d))
		case known[kind]:
			addFinding(&r.Verdict, c, d)
		default:
			foreign = append(foreign, strings.TrimPrefix(c.Field+": "+c.Message, ": "))
		}
	}
	if len(r.Verdict.Errors)+len(r.Verdict.Denials) == 0 {
		r.Server.Message = status.Message
	} else {
		r.Server.Message = strings.Join(foreign, "; ")
	}
	r.Verdict.Edits = nil
}

// denial is a cause as a denial. Its message has the value already.
func denial(source string, c metav1.StatusCause, d document.Document) validation.Denial {
	at := strings.LastIndex(source, "/")
	result := validation.Denial{Rule: source[at+1:], Field: c.Field, Position: position(d, c.Field)}
	if at >= 0 {
		result.Policies = strings.Split(source[:at], ",")
	}
	result.Message = strings.TrimSuffix(c.Message, " [policy "+source+"]")
	return result
}

// addFinding adds an error, unless the review of the file found it.
func addFinding(v *validation.Verdict, c metav1.StatusCause, d document.Document) {
	rule := validation.Rule(c.Type)
	if slices.ContainsFunc(v.Errors, func(f validation.Finding) bool { return f.Rule == rule && f.Field == c.Field }) {
		return
	}
	v.Errors = append(v.Errors, validation.Finding{
		Rule: rule, Field: c.Field, Message: strings.TrimSuffix(c.Message, " [sluice/"+string(rule)+"]"), Position: position(d, c.Field),
	})
}

// position finds the place of a field in the file; the zero value if the file does not have it.
func position(d document.Document, field string) validation.Position {
	for _, f := range validation.Fields(d.Object.Resource) {
		rest, ok := strings.CutPrefix(field, strings.Join(f.Path, "."))
		if !ok {
			continue
		}
		v := *f.Of(&d.Object)
		for _, step := range strings.FieldsFunc(rest, func(c rune) bool { return strings.ContainsRune(".[]", c) }) {
			switch v.Kind {
			case validation.Map:
				v = v.Get(step)
			case validation.List:
				v = item(v, step)
			default:
				return validation.Position{}
			}
		}
		return v.Position
	}
	return validation.Position{}
}

// item is an item of a list by its index.
func item(v validation.Value, index string) validation.Value {
	for i := range v.Items {
		if fmt.Sprint(i) == index {
			return v.Items[i]
		}
	}
	return validation.Value{}
}
