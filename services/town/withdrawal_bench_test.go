package town_test

import (
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/services/town"
)

// goal is how soon a withdrawal has to have its effect where its target is there.
const goal = 5 * time.Second

// BenchmarkWithdrawalByCode is from an agency's passing a code on to the source's
// having the target's word that it is destroyed, on real nodes and a real hub: the
// slowest of a hundred as a share of the goal, and of the time that the referral
// itself took from its being sent to its being signed for.
func BenchmarkWithdrawalByCode(b *testing.B) {
	laid := lay(b)
	laid.Plan.Stretch = nil // what it costs is in it
	w := start(b, laid, town.Options{Skip: []string{"police"}})
	ngo, shelter := ask(b, w, "ngo"), ask(b, w, "shelter")
	var there, back []time.Duration
	until := func(id string, is func(client.Referral) bool) {
		eventually(b, "the step", func() bool {
			list, err := ngo.Referrals(b.Context())
			return err == nil && slices.ContainsFunc(list, func(r client.Referral) bool { return string(r.ID) == id && is(r) })
		})
	}
	for b.Loop() {
		agreed := agree(b, ngo)
		words, err := ngo.Words(b.Context(), client.NewWords{Case: agreed.Case})
		if err != nil {
			b.Fatal(err)
		}
		begun := time.Now()
		id := string(send(b, ngo, agreed.Case).ID)
		until(id, func(r client.Referral) bool { return !r.Delivered.IsZero() })
		there = append(there, time.Since(begun))
		begun = time.Now()
		if _, err := shelter.Withdraw(b.Context(), client.NewWithdrawal{Code: words.English}); err != nil {
			b.Fatal(err)
		}
		until(id, func(r client.Referral) bool { return r.Shredded != nil })
		back = append(back, time.Since(begun))
	}
	p99 := func(list []time.Duration) time.Duration {
		slices.Sort(list)
		return list[len(list)*99/100]
	}
	b.ReportMetric(float64(p99(back))/float64(goal), "p99/goal")
	b.ReportMetric(float64(p99(back))/float64(p99(there)), "p99/delivery")
	b.ReportMetric(float64(len(back)), "withdrawals")
}
