package document_test

import (
	"bytes"
	"fmt"
	"testing"

	"sluice/internal/document"
	"sluice/validation"
)

const smallDocument = `apiVersion: operator.openshift.io/v1
kind: Network
metadata:
  name: cluster
spec:
  exportNetworkFlows:
    netFlow:
      collectors:
        - 192.168.1.99:2056
    ipfix:
      collectors:
        - 192.168.1.99:4739
`

const smallJSON = `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"},
"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.168.1.99:2056"]},"ipfix":{"collectors":["192.168.1.99:4739"]}}}}
`

// BenchmarkParseReview measures the documents per second on one core.
func BenchmarkParseReview(b *testing.B) {
	const documents = 1000
	for name, file := range map[string][]byte{
		"yaml-stream": bytes.Repeat([]byte("---\n"+smallDocument), documents),
		"json-stream": bytes.Repeat([]byte(smallJSON), documents),
	} {
		b.Run(name, func(b *testing.B) {
			benchmarkFiles(b, [][]byte{file}, documents)
		})
	}
	b.Run("yaml-files", func(b *testing.B) {
		var files [][]byte
		for range documents {
			files = append(files, []byte(smallDocument))
		}
		benchmarkFiles(b, files, documents)
	})
}

func benchmarkFiles(b *testing.B, files [][]byte, want int) {
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for i, data := range files {
			docs, err := document.Parse(fmt.Sprintf("%d.yaml", i), data)
			if err != nil {
				b.Fatal(err)
			}
			for _, d := range docs {
				v := validation.Review(validation.Input{Object: d.Object})
				if v.Outcome() != validation.Accepted {
					b.Fatal(v)
				}
				n++
			}
		}
		if n != want {
			b.Fatalf("%d documents, want %d", n, want)
		}
	}
	b.ReportMetric(float64(want)*float64(b.N)/b.Elapsed().Seconds(), "documents/s")
}
