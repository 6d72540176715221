package hub_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/services/hub"
)

// BenchmarkSubmit is one envelope handed in and receipted, with TLS and
// without, in turns, so that both have the same machine. ns/op is
// of the pair, and of taking both back.
func BenchmarkSubmit(b *testing.B) {
	for _, class := range []envelope.Class{envelope.Class8K, envelope.Class512K} {
		b.Run(fmt.Sprint(class.Size()/1024, " KiB"), func(b *testing.B) {
			unbounded := func(c *hub.Config) { c.PerSecond, c.Burst, c.MaxBytes = 1e9, 1e9, 64<<20 }
			over := start(b, 3, unbounded)
			plain := start(b, 3, unbounded, func(c *hub.Config) { c.TLSKey = "" })
			var took [2]float64
			conns := []*broker.Conn{over.dial(b, 0), plain.dial(b, 0)}
			for b.Loop() {
				for i, at := range []*bench{over, plain} {
					e := at.sealed(b, 1, class)
					before := time.Now()
					if err := second(ask(b, conns[i], broker.SubmitPrefix, e.Bytes())); err != nil {
						b.Fatal(err)
					}
					took[i] += time.Since(before).Seconds()
					if err := second(ask(b, conns[i], broker.RecallPrefix, mail.WriteRecall(e.Header().Mailbox, e.Header().Message))); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(took[0]/float64(b.N)*1e6, "µs-TLS/op")
			b.ReportMetric(took[1]/float64(b.N)*1e6, "µs-plain/op")
			b.ReportMetric(took[0]/took[1], "ratio")
		})
	}
}
