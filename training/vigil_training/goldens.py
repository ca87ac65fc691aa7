"""Texts with the answers that every reader of the bundle has to give."""

import numpy as np
from tokenizers import Tokenizer

from vigil_training.batches import encode, pad
from vigil_training.gate import Gate
from vigil_training.predict import MAX_TOKENS, Runner, softmax, spans_of
from vigil_training.rows import Span
from vigil_training.tasks import Task, sentence_tasks, tokens

TEXTS = (
    "",
    " ",
    "ok",
    "this new tablet makes me so dizzy i had to sit down twice",
    "Day 3 on sertraline and I cannot sleep at all.",
    "sertraline 😵‍💫 no sleep again 😭😭",
    "stopped the patches on friday, brain zaps since sunday",
    "metformin made my stomach hurt, doctor switched me",
    "The ibuprofen helped within an hour, so glad.",
    "took two paracetamol, my head still hurts the same",
    "does anybody get a rash from amoxicillin?",
    "i am scared of what this vaccine could do to my heart",
    "Got my flu jab today, arm is a bit sore but fine 💪",
    "vaccines save lives, go and get yours",
    "no way they put that vaccine in my kids",
    "clinic opens a second vaccination site on monday",
    "my addiction to crisps is out of control lol",
    "my nan has had pneumonia since tuesday",
    "i think i've got the flu, shivering under three blankets",
    "this traffic gives me a headache",
    "mmr on the radio again, what a set",
    "buy pills online [link] best price #deal",
    "@someone.else thanks for the link https://example.org/a?b=c#d it works",
    "http://example.org",
    "mail me at [email] or call [phone]",
    "http https httpx xhttp http_",
    "#vaccine #sideeffects #tired",
    "Line one about prednisone\r\nline two: moon face\r\n\r\nline four",
    "tabs\tand\u00a0hard spaces\u2003here, feeling sick from doxycycline",
    "crème brûlée and a naïve café, no medicine here",
    "Depuis le Doliprane j'ai mal à la tête",
    "ich nehme Ramipril und huste die ganze Nacht",
    "la vacuna me dio fiebre anoche",
    "e\u0301te\u0301 combining marks and a\u030angstro\u0308m",
    "שלום, כואב לי הראש מהתרופה",
    "この薬で眠くなる",
    "دوخة بعد الدواء",
    "👩🏽‍⚕️ said stop the statin, legs like lead 🦵🏿",
    "🤢",
    "𝓯𝓪𝓷𝓬𝔂 letters about lithium tremor",
    "zero\u200bwidth and soft\u00adhyphen in oxy\u00adcodone itching",
    "DON'T TAKE THIS IT GAVE ME HIVES!!!!!!",
    "humira... 10/10 no joint pain, 0/10 for the injection site welts",
    "my son threw up all night after the antibiotic",
    "she stopped eating when they raised her dose",
    "not one side effect so far, touch wood",
    "no nausea this time on ondansetron",
    "maybe it's the lisinopril, maybe it's the dust, but this cough",
    "Study: drug X linked to liver failure in 2 of 40,000 patients",
    "if i take one more of these i'll turn into a zombie haha",
    "melatonin knocked me out, exactly what i wanted",
    "woke up groggy and useless after half a melatonin",
    "gained 8 kilos since quetiapine, nothing fits",
    "itchy, red, swollen: thanks, penicillin",
    "my eyes are so dry, allergy pill i guess",
    "xanax for the flight, wish me luck",
    "pills pills pills",
    "hair falling out in the shower since i came off the pill",
    "the second dose put me in bed with 39.5 fever",
    "who else cannot taste anything since the antibiotic",
    "&amp; then my doctor said &lt;stop&gt; it",
    "a" * 300,
    "so " * 90 + "tired from these tablets",
    "I have been on this medicine for nine weeks and here is how it went. " * 9
    + "In the end my skin peeled and I had to stop.",
    "   leading and trailing spaces, dry mouth   ",
    "3,5 mg?! 1/2 tablet... -> dizzy; (very) dizzy",
    "İstanbul'da KELVIN \u212a ilaç",
    "\u0000 nul and \u0007 bell, feeling odd on tramadol",
    "\ufeffbyte order mark before nausea",
    "quiet evening, tea and a film",
)


def make(
    exact: Runner, small: Runner, tokenizer: Tokenizer, tasks: list[Task], gate: Gate
) -> list[dict]:
    """One object per text, each run alone; `small` is the exported int8 model."""
    result = []
    for text in TEXTS:
        encoding = encode(tokenizer, [text], MAX_TOKENS)[0]
        ids, mask = pad([encoding])
        full, short = exact(ids, mask), small(ids, mask)
        names = [task.id for task in sentence_tasks(tasks)]
        score, count = gate.score(text)
        item = {
            "text": text,
            "ids": encoding.ids,
            "probabilities": {n: _rounded(full[f"task.{n}"]) for n in names},
            "probabilitiesInt8": {n: _rounded(short[f"task.{n}"]) for n in names},
        }
        for key, output in (("spans", full), ("spansInt8", short)):
            item[key] = [_span(*found) for found in spans_of(output, 0, encoding, tasks)]
        item["gate"] = {"score": round(score, 5), "features": count}
        result.append(item)
    return result


def _span(span: Span, score: float) -> dict:
    """As serving gives it: a condition is an effect that is marked as none."""
    label = "effect" if span.label == tokens.CONDITION else span.label
    found = {"label": label, "start": span.start, "end": span.end, "score": round(score, 5)}
    return {**found, "marks": list(span.marks)} if span.marks else found


def _rounded(logits: np.ndarray) -> list[float]:
    return [round(float(value), 5) for value in softmax(logits[0])]
