package console

import (
	"cmp"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/referral"
)

// askedRow is one question about a referral, and what was answered.
type askedRow struct {
	What, Note   string
	At           time.Time
	Says, Reply  string
	Answered     time.Time
	Open, Unsent bool
	Uncovered    string // what it would tell, where the consent does not cover it
	To           string // the page on which it is answered; empty: not here
}

func (v *visit) askedRow(r client.Referral, q client.Question) askedRow {
	row := askedRow{
		What: v.Term("question", string(q.Question)), Note: q.Note, At: q.At, Answered: q.Answered,
		Open: q.Open && r.Open > 0, Unsent: q.Unsent,
	}
	if q.Answer != "" && !q.Unsent {
		row.Says, row.Reply = v.Term("answer", string(q.Answer)), q.Reply
	}
	if !q.Covered && row.Open {
		row.Uncovered = v.Term("category", string(q.Category))
	}
	if row.Open && r.Side == referral.Source && slices.Contains(r.Assigned, v.who().Name) {
		row.To = "/referrals/" + string(r.ID) + "/questions/" + string(q.ID)
	}
	return row
}

func (v *visit) askedRows(r client.Referral) (rows []askedRow) {
	for _, q := range r.Questions {
		rows = append(rows, v.askedRow(r, q))
	}
	return rows
}

// questionPage asks what is to be asked about a referral that came in.
type questionPage struct {
	At, Back, Agency string
	None             bool // nothing may be asked now
	What, Note       field
	Warning          *warning
}

func (v *visit) noteField() field {
	f := v.text("note", "console.question.note").hint(v.Text("console.question.note_hint"))
	f.Max = question.MaxNote
	return v.blame(f, fault.QuestionNote, fault.AnswerNoNote)
}

// noteMayGo is an error where the note of a question or an answer has to be looked at first.
func (v *visit) noteMayGo() error {
	if v.value("note") == "" {
		return nil
	}
	r, err := v.node.Referral(v.ctx(), posada.ReferralID(v.path("id")))
	if err != nil {
		return err
	}
	return v.warnedOf(r.Peer.ID)
}

func askQuestionForm(v *visit) (view, error) {
	r, err := v.node.Referral(v.ctx(), posada.ReferralID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	at := "/referrals/" + string(r.ID)
	p := questionPage{At: at + "/ask", Back: at, Agency: r.Peer.Name, None: len(r.Asks) == 0, Note: v.noteField()}
	p.What = v.one("question", "console.question.what", terms(v, "question", r.Asks)).needed()
	if v.problem != nil && v.value("question") == "" {
		p.What.Wrong = v.Text("console.mark.choose")
	}
	p.Warning, err = v.warning(r.Peer.ID)
	return show("question_ask", p), err
}

func askQuestion(v *visit) (view, error) {
	if err := v.noteMayGo(); err != nil {
		return view{}, err
	}
	out, err := v.node.AskAbout(v.ctx(), posada.ReferralID(v.path("id")), client.NewQuestion{Question: v.value("question"), Note: v.value("note")})
	if err != nil {
		return view{}, err
	}
	said := i18n.Key("console.question.asked")
	for _, q := range out.Questions {
		if string(q.Question) == v.value("question") && q.Open && !q.Covered {
			said = "console.question.asked_uncovered"
		}
	}
	return goTo("/referrals/"+string(out.ID), said, "agency", out.Peer.Name), nil
}

// answerPage asks what is answered.
type answerPage struct {
	At, Back, Agency string
	Q                askedRow
	What, Note       field
	Warning          *warning
}

func answerForm(v *visit) (view, error) {
	r, err := v.node.Referral(v.ctx(), posada.ReferralID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	i := slices.IndexFunc(r.Questions, func(q client.Question) bool { return string(q.ID) == v.path("question") })
	if i < 0 {
		return view{}, errNothing
	}
	q := r.Questions[i]
	at := "/referrals/" + string(r.ID)
	p := answerPage{At: at + "/questions/" + string(q.ID), Back: at, Agency: r.Peer.Name, Q: v.askedRow(r, q), Note: v.noteField()}
	answers := q.Answers
	if !q.Covered {
		answers = []posada.Answer{posada.AnswerNotSaid}
	}
	options := terms(v, "answer", answers)
	options[len(options)-1].Hint = v.Text("console.question.not_said_hint")
	p.What = v.blame(v.one("answer", "console.question.answer", options).needed(), fault.AnswerUncovered)
	if v.problem != nil && v.value("answer") == "" {
		p.What.Wrong = v.Text("console.mark.choose")
	}
	p.Warning, err = v.warning(r.Peer.ID)
	return show("question_answer", p).titled(p.Q.What), err
}

func answerQuestion(v *visit) (view, error) {
	if err := v.noteMayGo(); err != nil {
		return view{}, err
	}
	in := client.NewReply{Question: v.path("question"), Answer: v.value("answer"), Note: v.value("note")}
	out, err := v.node.AnswerAbout(v.ctx(), posada.ReferralID(v.path("id")), in)
	if err != nil {
		return view{}, err
	}
	return goTo("/referrals/"+string(out.ID), "console.question.answered", "agency", out.Peer.Name), nil
}

// asked is that questions about a referral wait: here, or elsewhere for theirs.
func (p *todayPage) asked(v *visit, r client.Referral, mine bool) {
	if r.Open == 0 || !mine {
		return
	}
	w := want{To: "/referrals/" + string(r.ID), rank: rankReply, at: r.AnswerBy}
	key := i18n.Key("console.today.awaits")
	if r.Side == referral.Source {
		w.rank, key = rankAnswer, "console.today.asks"
		if r.Priority == posada.PriorityTonight {
			w.rank = rankTonight
		}
	}
	p.add(v, w, key, "agency", r.Peer.Name, "count", r.Open, "case", cmp.Or(r.Case, "–"))
}
