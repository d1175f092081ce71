"""Captured messages that are made one after the other from their numbers, and the differences that two rule sets have on
them: a changed reply, a new rule that closes, a rule that is gone, a renamed rule, one that only moved, and a variable that
makes a later message of the conversation different.
"""

import os
import time

PER_CONVERSATION = 10
FILLER = [
    "Olá, tudo bem? Gostaria de saber quando a minha encomenda chega em casa, por favor",
    "Bom dia! Comprei um tênis na semana passada e até agora não recebi o código de rastreio",
    "Good afternoon, could you tell me whether the blue one is still in stock in size 42?",
    "안녕하세요, 주문한 상품이 아직 도착하지 않았어요",
    "Quanto custa o frete para Curitiba e em quantos dias chega?",
    "Hola, ¿tienen este modelo en color negro? Lo necesito para el sábado",
]

OLD = """version: 1
rules:
  - id: greet
    once_per: { conversation: ever }
    then: continue
    when: [ { text: ['olá*', 'hola', 'good afternoon', '안녕하세요'] } ]
    do: [ { tag: greeted } ]
  - id: refund
    when: [ { text: [reembolso, estorno, refund] } ]
    do: [ { reply: 'Um momento, {{contact.first_name}}.' }, { tag: refund } ]
  - id: invoice
    when: [ { text: [boleto, 'segunda via'] } ]
    do: [ { route: { department: '11445' } } ]
  - id: hours
    when: [ { text: { regex: 'hor[aá]rio' } } ]
    do: [ { reply: 'Das 9 às 18.' } ]
  - id: delivery
    when: [ { text: [rastreio, frete] } ]
    do: [ { reply: 'Em até 5 dias úteis.' } ]
  - id: plan
    when: [ { text: { regex: 'plano (?<plan>\\w+)' } } ]
    do: [ { set: { plan: '{{match.plan}}' } } ]
  - id: plan-status
    when: [ { text: [situação] } ]
    do: [ { reply: 'Plano {{vars.plan}}' } ]
"""

NEW = """version: 1
# A line more, so that every rule stands elsewhere.
rules:
  - id: delivery
    when: [ { text: [rastreio, frete] } ]
    do: [ { reply: 'Em até 5 dias úteis.' } ]
  - id: greet
    once_per: { conversation: ever }
    priority: 1
    then: continue
    when: [ { text: ['olá*', 'hola', 'good afternoon', '안녕하세요'] } ]
    do: [ { tag: greeted } ]
  - id: refund
    when: [ { text: [reembolso, estorno, refund] } ]
    do: [ { reply: 'Já vamos ver isso, {{contact.first_name}}.' }, { tag: refund } ]
  - id: bye
    when: [ { text: [cancelar] } ]
    do: [ { close: true } ]
  - id: opening-hours
    when: [ { text: { regex: 'hor[aá]rio' } } ]
    do: [ { reply: 'Das 9 às 18.' } ]
  - id: plan
    when: [ { text: { regex: 'plano (?<plan>\\w+)' } } ]
    do: [ { set: { plan: 'o {{match.plan}}' } } ]
  - id: plan-status
    when: [ { text: [situação] } ]
    do: [ { reply: 'Plano {{vars.plan}}' } ]
"""


def write_rules(folder):
    """The two rule sets, as `old` and `new` in a folder."""
    for name, text in [("old", OLD), ("new", NEW)]:
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        with open(os.path.join(folder, name, "rules.yaml"), "w", encoding="utf-8") as file:
            file.write(text)


def words(number):
    """What message `number` says, and what differs about it."""
    conversation, turn = divmod(number, PER_CONVERSATION)
    if turn == 3 and conversation % 5 == 0:
        return "Quero o meu reembolso, por favor", "refund"
    if turn == 4 and conversation % 20 == 1:
        return "Vou cancelar tudo", "bye"
    if turn == 5 and conversation % 10 == 2:
        return "Preciso da segunda via do boleto", "invoice"
    if turn == 6 and conversation % 10 == 3:
        return "Qual é o horário de vocês?", "hours"
    if conversation % 50 == 7 and turn == 7:
        return "Tenho o plano ouro", "plan"
    if conversation % 50 == 7 and turn == 8:
        return "Qual é a situação?", "plan-status"
    return FILLER[number % len(FILLER)], None


def line(number, conversation=None):
    """One webhook; of the conversation that the number gives, or of another."""
    conversation = number // PER_CONVERSATION if conversation is None else conversation
    text, _ = words(number)
    name = f"Ana Souza {conversation % 977}"
    person = (
        f'{{"id":{conversation + 7},"name":"{name}","mobile":"5541999{conversation % 1000000:06d}","phone":null,'
        f'"email":"c{conversation}@example.org","photo":"https://files.example.org/photos/{conversation}.png","status":1}}'
    )
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1735732800 + number))
    return (
        f'{{"time":{1735743600 + number},"token":"0123456789abcdef0123456789abcdef","messages":{{"receivedAllMessage":'
        f'[{{"id":"m{number}","body":"{text}","is_internal":false,"is_email":false,"sender":{person},'
        f'"senderType":"widget","receiver":false,"receiverType":"agent","file":null,"channel":"widget",'
        f'"customer":{person},"chat":{{"id":{conversation},"channel":"widget","situation":"auto","department":false,'
        f'"created_at":"2025-01-01 09:00:00","customer":{person}}},"send_at":"{moment}","read_at":null,'
        f'"company":{{"id":"351000","name":"Loja Exemplo"}}}}]}}}}\n'
    )


def generate(count, file):
    for start in range(0, count, 1000):
        file.write("".join(line(number) for number in range(start, min(start + 1000, count))))


def expected(count):
    """The differences of `count` messages, by rule and action."""
    found = {}
    for number in range(count):
        _, difference = words(number)
        if difference:
            found[difference] = found.get(difference, 0) + 1
    rows = {}
    if "refund" in found:
        rows["refund reply"] = [0, 0, found["refund"], 0]
    if "bye" in found:
        rows["bye close"] = [found["bye"], 0, 0, 0]
    if "invoice" in found:
        rows["invoice route"] = [0, found["invoice"], 0, 0]
    if "plan" in found:
        rows["plan set"] = [0, 0, found["plan"], 0]
    if "plan-status" in found:
        rows["plan-status reply"] = [0, 0, found["plan-status"], 0]
    return {"events": count, "changed": sum(found.values()), "same_effects": found.get("hours", 0), "rows": rows}


def told(report):
    rows = {
        f"{row['rule']} {row['action']}": [row["gained"], row["lost"], row["changed"], row["held_back"]]
        for row in report["rules"]
    }
    return {key: report[key] for key in ["events", "changed", "same_effects"]} | {"rows": rows}
