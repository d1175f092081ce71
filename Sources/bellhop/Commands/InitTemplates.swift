import Model

/// What `bellhop init` writes.
enum InitTemplates {
    static let configurationPath = "bellhop.yaml"
    static let payloadPath = "payloads/example.json"

    /// Paths below the folder, and texts.
    static let files: [(path: String, text: String)] = [
        (configurationPath, configuration), ("rules/welcome.yaml", rules), ("rules/welcome.test.yaml", tests),
        (payloadPath, payload),
    ]

    private static let configuration = #"""
        # Bellhop's configuration. Paths are relative to this file. `bellhop schema config` prints a schema for editors.

        listen: 127.0.0.1:8080            # webhooks arrive here, at POST /webhooks/ACCOUNT
        admin: 127.0.0.1:9090             # health and metrics: keep this one private
        store: sqlite:bellhop.db
        rules: rules

        accounts:
          shop:
            vendor: huggy                 # one of \#(VendorID.configurableList)
            delivery: print               # shows what would be sent; `live` sends it, and then needs `api`
            # A secret is never written here: { env: NAME }, { file: PATH } or { credential: NAME } of systemd.
            # Only `bellhop serve` reads it. The example payload holds this one:
            #   export BELLHOP_SHOP_TOKEN=0123456789abcdef0123456789abcdef
            webhook: { secret: { env: BELLHOP_SHOP_TOKEN } }
            # api: { token: { env: HUGGY_API_TOKEN } }
            tz: America/Sao_Paulo         # the zone of local times in this account's payloads
            names: { departments: { support: 11446 } }        # names that rules may use instead of ids

        """#

    private static let rules = #"""
        # Rules are tried from the top to the bottom, and the first that holds runs. Try a change with `bellhop test`.
        version: 1

        lists:
          order_words: [order, delivery, tracking, 'parcel*']         # a star: every word that begins so

        schedules:
          office:
            tz: America/Sao_Paulo
            hours: { mon-fri: '09:00-18:00' }
            closed: [2026-12-25, 2027-01-01]

        rules:
          - id: order-number
            why: With the number in the message an agent can begin at once
            when:                                                     # every line must hold
              - text: { any: $order_words }
              - text: { regex: '(?<order>\d{4,10})' }
            do:
              - note: 'Order {{match.order}}'
              - reply: 'Thank you{{#contact.first_name}}, {{contact.first_name}}{{/contact.first_name}}! We are looking for order {{match.order}}.'
              - route: { department: support }
            once_per: { conversation: 10m }

          - id: menu
            why: Who asks for help is shown what there is
            when:
              - text: [help, menu]
            do:
              - start: menu                                           # a dialogue: see `flows` below

          - id: out-of-hours
            why: Who writes at night should know when somebody is back
            when:
              - outside: office
            do:
              - reply: 'We are closed now, and answer from Monday to Friday, 9 am to 6 pm.'
            once_per: { contact: 12h }

          - id: welcome
            when:
              - first_message: true
            do:
              - reply: 'Hello{{#contact.first_name}} {{contact.first_name}}{{/contact.first_name}}! How can we help?'

        flows:
          - id: menu
            start: ask
            expires: 24h
            steps:
              ask:
                say: 'How can we help?'
                choices:                                              # buttons, or a numbered list
                  - { label: My order, keywords: $order_words, next: number }
                  - { label: Talk to a person, keywords: [person, agent], next: person }
              number:
                say: 'What is the order number?'
                expect:
                  - { when: [ { text: { regex: '(?<order>\d{4,10})' } } ], set: { order: '{{match.order}}' }, next: noted }
                otherwise: { say: 'It has four digits or more.', times: 1, next: person }
                timeout: { after: 10m, next: bye }
              noted: { do: [ { note: 'Order {{vars.order}}' } ], next: person }
              person: { say: 'One moment, a colleague takes over.', do: [ { route: { department: support } } ], end: true }
              bye: { say: 'Just write when you have it.', end: true }

        """#

    private static let tests = #"""
        # Tests of the rules in this folder: `bellhop test`.
        version: 1

        tests:
          - name: an order number is taken out of the message
            at: 2026-03-04T10:00:00-03:00                             # a Wednesday in office hours
            event: { text: 'Where is my order 55321?', contact: { id: c1, name: Ana Souza } }
            expect:
              rules: [order-number]
              effects:
                - note: Order 55321
                - reply: { starts: 'Thank you, Ana!' }
                - route: { department: support }

          - name: without a number there is only the greeting, once
            at: 2026-03-04T10:00:00-03:00
            steps:
              - { event: { text: 'Hi!' }, expect: { rules: [welcome], effects: [ { reply: 'Hello! How can we help?' } ] } }
              - { event: { text: 'My parcels are late' }, expect: { rules: [], effects: [] } }

          - name: at night the customer learns when somebody is back, once in twelve hours
            at: 2026-03-04T22:10:00-03:00
            steps:
              - { event: { text: 'Anybody there?' }, expect: { rules: [out-of-hours], not: [route] } }
              - { wait: 1h }
              - { event: { text: 'Hello?' }, expect: { rules: [] } }

          - name: an agent's own message silences the bot
            at: 2026-03-04T10:00:00-03:00
            steps:
              - { event: { sender: agent, text: 'Hello, this is Carla.' }, expect: { handler: human } }
              - { event: { text: 'It is about order 55321' }, expect: { effects: [ { note: Order 55321 } ] } }

          - name: the menu leads to an order number, and that to a person
            steps:
              - event: { text: 'Help!' }
                expect:
                  rules: [menu]
                  effects: [ { reply: { text: 'How can we help?', buttons: [My order, Talk to a person] } } ]
                  flow: menu/ask
              - { event: { text: '1' }, expect: { effects: [ { reply: What is the order number? } ], flow: menu/number } }
              - event: { text: 'it is 55321' }
                expect:
                  effects:
                    - note: Order 55321
                    - reply: One moment, a colleague takes over.
                    - route: { department: support }
                  flow: ended

          - name: nobody answers
            given: { flow: menu/number }
            steps:
              - { wait: 10m, expect: { effects: [ { reply: Just write when you have it. } ], flow: ended } }

          - name: a payload as the vendor sends it
            at: 2026-03-04T10:00:00-03:00
            event: { payload: ../payloads/example.json }
            expect: { rules: [order-number] }

        """#

    /// A message as Huggy reports it; names and numbers are invented.
    private static let payload = #"""
        {
          "time": 1772629200,
          "token": "0123456789abcdef0123456789abcdef",
          "messages": {
            "receivedAllMessage": [
              {
                "id": "990001",
                "body": "Hi, where is my order 55321?",
                "is_internal": false,
                "is_email": false,
                "sender": { "id": 7001, "name": "Ana Souza", "mobile": null, "phone": "5511900000001", "email": null },
                "senderType": "widget",
                "receiver": false,
                "receiverType": "agent",
                "file": null,
                "channel": "widget",
                "customer": { "id": 7001, "name": "Ana Souza", "mobile": null, "phone": "5511900000001", "email": null },
                "chat": { "id": 9001, "channel": "widget", "situation": "auto", "department": false },
                "send_at": "2026-03-04 10:00:00",
                "read_at": null,
                "company": { "id": "351000" }
              }
            ]
          }
        }

        """#
}
