package page

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/test/harness/cluster"
)

const policies = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: network-team}]
  exempt: [{kind: Group, name: break-glass}]
  allow:
  - {formats: [NetFlow, IPFIX], destinations: [192.168.1.0/24, 10.0.0.0/24], ports: ["2055-2056", "4739"]}
  deny:
  - {destinations: [192.168.1.66/32]}
  required: [{format: IPFIX, collector: "10.0.0.5:4739"}]
  maxCollectors: 4
`

// apply stores policies and waits until the webhook has them.
func apply(t *testing.T, manifest string) {
	t.Helper()
	must(t, cluster.Command{User: cluster.Admin, Stdin: manifest, Args: []string{"apply", "-f", "-"}})
	must(t, cluster.Command{User: cluster.Admin, Args: []string{"wait", "--for=condition=Ready", "--timeout=60s", "flowexportpolicy", "--all"}})
}

// scene is a cluster of 400 nodes with problems, as in the documentation.
func scene(t *testing.T) {
	fleet(t, 400)
	apply(t, policies)
	for i := range 37 {
		change(t, health{second, "IPFIX " + second + ": Connection refused; start the collector, or remove it from the list"}, nodeName(i*7))
	}
	for _, name := range []string{nodeName(101), nodeName(202)} {
		must(t, cluster.Command{User: cluster.Admin, Args: []string{"patch", "lease", "-n", "sluice-agent", name, "--type=merge", "-p", `{"spec":{"renewTime":"` + time.Now().Add(-12*time.Minute).UTC().Format(metav1.RFC3339Micro) + `","leaseDurationSeconds":40}}`}})
	}
}

// TestPictures writes the pictures of the documentation: go test -run TestPictures -pictures ../../../docs/images
func TestPictures(t *testing.T) {
	if *picture == "" {
		t.Log("no folder for the pictures")
		return
	}
	folder := *picture
	if !filepath.IsAbs(folder) {
		folder = filepath.Join("test/parts/page", folder)
	}
	scene(t)
	p := ui(t, editorUser)
	for _, scheme := range []string{"light", "dark"} {
		b := browser(t, 1180, 860)
		b.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
		b.open(p.link())
		b.wait(`document.querySelectorAll("#problem-list article").length === 2 && document.querySelector("#filter-count").value === "400 nodes"`)
		b.picture(filepath.Join(folder, "ui-"+scheme+".png"))
		b.run(chromedp.SetValue("#list-ipfix", "192.168.1.99:4739\n10.0.0.05:4739\ncollector.example.com", chromedp.ByQuery),
			chromedp.Evaluate(`document.querySelector("#list-ipfix").dispatchEvent(new Event("input"))`, nil))
		b.wait(`["Rejected", "Denied"].includes(document.querySelector("#answer").dataset.outcome)`)
		b.run(chromedp.Evaluate(`document.querySelector("#editor").scrollIntoView()`, nil))
		b.picture(filepath.Join(folder, "ui-editor-"+scheme+".png"))
	}
}

// picture writes what is visible, with few colors, so that the file is small.
func (b *tab) picture(file string) {
	b.t.Helper()
	var data []byte
	b.run(chromedp.CaptureScreenshot(&data))
	write(b.t, file, data)
}

func (b *tab) whole(file string) {
	b.t.Helper()
	var data []byte
	b.run(chromedp.FullScreenshot(&data, 100))
	if err := os.WriteFile(file, data, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	shot, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, reduced(shot)); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 150<<10 {
		t.Errorf("%s has %d bytes", file, b.Len())
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d bytes", file, b.Len())
}

// reduced is an image with the 256 most frequent colors.
func reduced(from image.Image) image.Image {
	counts := map[color.RGBA]int{}
	bounds := from.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r, g, b, _ := from.At(x, y).RGBA()
			counts[color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}]++
		}
	}
	palette := color.Palette{}
	for range 256 {
		best, most := color.RGBA{}, 0
		for c, n := range counts {
			if n > most {
				best, most = c, n
			}
		}
		if most == 0 {
			break
		}
		delete(counts, best)
		palette = append(palette, best)
	}
	to := image.NewPaletted(bounds, palette)
	index := map[color.RGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r, g, b, _ := from.At(x, y).RGBA()
			c := color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
			i, known := index[c]
			if !known {
				i = uint8(palette.Index(c))
				index[c] = i
			}
			to.SetColorIndex(x, y, i)
		}
	}
	return to
}
