package policy

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	apivalidation "k8s.io/apimachinery/pkg/util/validation"

	"sluice/api/v1alpha1"
)

// maxName is the longest name of a subject, in characters, that the CRD stores.
const maxName = 253

func (c *converter) subjects(field string, list []v1alpha1.PolicySubject) []Subject {
	var out []Subject
	c.length(field, list == nil, len(list), maxSubjects)
	for i, s := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		subject := Subject{Name: s.Name, Namespace: s.Namespace}
		switch s.Kind {
		case "User":
		case "Group":
			subject.Kind = GroupSubject
		case "ServiceAccount":
			subject.Kind = ServiceAccountSubject
			if s.Name != "" && len(apivalidation.IsDNS1123Subdomain(s.Name)) > 0 {
				c.fail(at+".name", "%q is not the name of a ServiceAccount; for a name such as system:serviceaccount:NAMESPACE:NAME write kind: User", s.Name)
			}
			if s.Namespace == "" {
				c.fail(at, "a ServiceAccount needs its namespace")
			} else if len(apivalidation.IsDNS1123Label(s.Namespace)) > 0 {
				c.fail(at+".namespace", "%q is not the name of a namespace, which has lower-case letters, digits and '-' only", s.Namespace)
			}
		default:
			c.fail(at+".kind", "%q is unknown; use User, Group or ServiceAccount", s.Kind)
		}
		if s.Namespace != "" && s.Kind != "ServiceAccount" {
			c.fail(at+".namespace", "only a ServiceAccount has a namespace; remove it, or write kind: ServiceAccount")
		}
		switch {
		case s.Name == "":
			c.fail(at+".name", "is missing")
		case s.Kind != "ServiceAccount":
			c.subjectName(at+".name", s.Name)
		}
		out = append(out, subject)
	}
	return out
}

// subjectName checks the name of a user or group. One that the API server never gives to a
// user would make the policy apply to no user, which a deny rule must not do unseen.
func (c *converter) subjectName(field, name string) {
	switch n := utf8.RuneCountInString(name); {
	case n > maxName:
		c.fail(field, "has %d characters; at most %d are allowed", n, maxName)
	case name == "*":
		c.fail(field, `there are no wildcards, and no user or group has the name "*"; for everyone omit subjects, for every authenticated user write kind: Group, name: system:authenticated`)
	case strings.ContainsFunc(name, invisible) || blankAtEnd(name):
		c.fail(field, "%q begins or ends with white space, or has a control or invisible character, so that it would match no user; write the name as kubectl auth whoami prints it", name)
	}
}

// invisible finds the characters that a name never has: control characters, format characters
// such as U+200B, and the separators of lines and paragraphs.
func invisible(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

// blankAtEnd finds a space of any kind, such as U+00A0, at an end of the name.
func blankAtEnd(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	last, _ := utf8.DecodeLastRuneInString(name)
	return unicode.Is(unicode.Z, first) || unicode.Is(unicode.Z, last)
}
