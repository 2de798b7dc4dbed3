#include "server/grpc_service.h"

#include "server/grpc_status.h"
#include "server/grpc_streams.h"
#include "server/grpc_values.h"

namespace kith::relay {

// The end of one unary call: finishes it exactly once.
class GrpcService::Answer {
 public:
  Answer(GrpcService& service, grpc::ServerUnaryReactor* reactor, const char* method, size_t bytes)
      : service_(service), reactor_(reactor), method_(method), bytes_(bytes) {}

  void Ok() { End(nullptr, grpc::Status::OK); }
  void Refuse(const Error& error) { End(&error, StatusOf(service_.relay_, error.code)); }

 private:
  void End(const Error* error, grpc::Status status) {
    service_.log_.Call(method_, error, bytes_, std::chrono::steady_clock::now() - began_);
    reactor_->Finish(std::move(status));
  }

  GrpcService& service_;
  grpc::ServerUnaryReactor* const reactor_;
  const char* const method_;
  const size_t bytes_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

Result<SignedCall> CallOf(const char* method, const v1::SignedRequest& request, const std::string& mailbox) {
  const auto id = MailboxId::From(AsBytes(mailbox));
  const auto signer = SignPublic::From(AsBytes(request.signer()));
  const auto nonce = HelloNonce::From(AsBytes(request.nonce()));
  const auto signature = Signature::From(AsBytes(request.signature()));
  if (!id || !signer || !nonce || !signature) return Fail(Code::kMalformed);
  return SignedCall{method, *id, *signer, *nonce, request.counter(), *signature, AsBytes(request.body())};
}

template <class Work>
grpc::ServerUnaryReactor* GrpcService::Unary(grpc::CallbackServerContext* context, const char* method, size_t bytes,
                                             Work work) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  auto answer = std::make_shared<Answer>(*this, reactor, method, bytes);
  if (refusing_) {
    answer->Refuse(Fail(Code::kCancelled));
  } else if (!workers_.Submit(bytes, [answer, work = std::move(work)] { work(answer); })) {
    answer->Refuse(Fail(refusing_ ? Code::kCancelled : Code::kRelayBusy));
  }
  return reactor;
}

// Parses the body and calls work(call, body, answer). The request lives until the answer.
template <class Body, class Reply, class Work>
grpc::ServerUnaryReactor* GrpcService::Signed(grpc::CallbackServerContext* context, const v1::SignedRequest* request,
                                              Reply* reply, const char* method, Work work) {
  return Unary(context, method, request->body().size(),
               [this, request, reply, method, work = std::move(work)](const std::shared_ptr<Answer>& answer) {
                 auto body = std::make_shared<Body>();
                 if (request->body().size() > limits::kRequestBody) return answer->Refuse(Fail(Code::kTooLarge));
                 if (!body->ParseFromString(request->body())) return answer->Refuse(Fail(Code::kMalformed));
                 const auto call = CallOf(method, *request, body->mailbox());
                 if (!call) return answer->Refuse(call.error());
                 Stamp(relay_, reply->mutable_stamp());
                 work(*call, std::move(body), answer);
               });
}

grpc::ServerUnaryReactor* GrpcService::Hello(grpc::CallbackServerContext* context, const v1::HelloRequest*,
                                             v1::HelloReply* reply) {
  return Unary(context, "Hello", 0, [this, reply](const std::shared_ptr<Answer>& answer) {
    const SignedHello hello = relay_.Hello();
    reply->set_hello(hello.body.data(), hello.body.size());
    SetBytes(reply->mutable_signature(), hello.signature);
    reply->set_protocol(1);
    reply->set_version(KITH_VERSION);
    answer->Ok();
  });
}

grpc::ServerUnaryReactor* GrpcService::RedeemInvite(grpc::CallbackServerContext* context,
                                                    const v1::RedeemInviteRequest* request,
                                                    v1::RedeemInviteReply* reply) {
  return Unary(context, "RedeemInvite", 0, [this, request, reply](const std::shared_ptr<Answer>& answer) {
    const auto secret = InviteSecret::From(AsBytes(request->invite()));
    const auto attempt = request->attempt().empty() ? Attempt() : Attempt::From(AsBytes(request->attempt()));
    if (!secret || !attempt) return answer->Refuse(Fail(Code::kMalformed));
    relay_.Redeem(*secret, *attempt, [this, reply, answer](Result<std::vector<Token>> tokens) {
      if (!tokens) return answer->Refuse(tokens.error());
      Stamp(relay_, reply->mutable_stamp());
      for (const auto& token : *tokens) SetBytes(reply->add_tokens(), token);
      answer->Ok();
    });
  });
}

grpc::ServerUnaryReactor* GrpcService::CreateMailbox(grpc::CallbackServerContext* context,
                                                     const v1::SignedRequest* request, v1::CreateMailboxReply* reply) {
  return Signed<v1::CreateMailboxBody>(context, request, reply, "CreateMailbox",
                                       [this, reply](const SignedCall& call, const auto& body, const auto& answer) {
                                         const auto token = Token::From(AsBytes(body->token()));
                                         auto statement = StatementOf(body->statement());
                                         if (!token || !statement) return answer->Refuse(Fail(Code::kMalformed));
                                         relay_.Create(call, *token, *std::move(statement),
                                                       [reply, answer](Result<CreateReply> made) {
                                                         if (!made) return answer->Refuse(made.error());
                                                         reply->set_existed(made->existed);
                                                         answer->Ok();
                                                       });
                                       });
}

grpc::ServerUnaryReactor* GrpcService::SubmitStatement(grpc::CallbackServerContext* context,
                                                       const v1::SignedRequest* request,
                                                       v1::SubmitStatementReply* reply) {
  return Signed<v1::SubmitStatementBody>(context, request, reply, "SubmitStatement",
                                         [this, reply](const SignedCall& call, const auto& body, const auto& answer) {
                                           auto statement = StatementOf(body->statement());
                                           if (!statement) return answer->Refuse(statement.error());
                                           relay_.Submit(call, *std::move(statement),
                                                         [reply, answer](Result<uint64_t> number) {
                                                           if (!number) return answer->Refuse(number.error());
                                                           reply->set_number(*number);
                                                           answer->Ok();
                                                         });
                                         });
}

grpc::ServerUnaryReactor* GrpcService::Statements(grpc::CallbackServerContext* context,
                                                  const v1::SignedRequest* request, v1::StatementsReply* reply) {
  return Signed<v1::StatementsBody>(context, request, reply, "Statements",
                                    [this, reply](const SignedCall& call, const auto& body, const auto& answer) {
                                      const auto page = relay_.Statements(call, body->after());
                                      if (!page) return answer->Refuse(page.error());
                                      for (const auto& statement : page->statements) {
                                        auto* out = reply->add_statements();
                                        out->set_body(statement.body.data(), statement.body.size());
                                        SetBytes(out->mutable_signature(), statement.signature);
                                      }
                                      reply->set_newest(page->newest);
                                      answer->Ok();
                                    });
}

grpc::ServerUnaryReactor* GrpcService::Push(grpc::CallbackServerContext* context, const v1::SignedRequest* request,
                                            v1::PushReply* reply) {
  return Signed<v1::PushBody>(
      context, request, reply, "Push", [this, reply](const SignedCall& call, const auto& body, const auto& answer) {
        std::vector<RecordView> records;
        records.reserve(static_cast<size_t>(body->records_size()));
        for (const auto& record : body->records()) {
          records.push_back({AsBytes(record.header()), AsBytes(record.signature()), AsBytes(record.payload())});
        }
        // The body is kept until the end, since the records are views into it.
        relay_.Push(call, records, [reply, answer, body](Result<PushReply> pushed) {
          if (!pushed) return answer->Refuse(pushed.error());
          reply->set_stored(pushed->stored);
          reply->set_duplicates(pushed->duplicates);
          SetCursor(reply->mutable_head(), pushed->head);
          answer->Ok();
        });
      });
}

grpc::ServerUnaryReactor* GrpcService::Pull(grpc::CallbackServerContext* context, const v1::SignedRequest* request,
                                            v1::PullReply* reply) {
  return Signed<v1::PullBody>(
      context, request, reply, "Pull", [this, reply](const SignedCall& call, const auto& body, const auto& answer) {
        const auto cursor = CursorOf(body->cursor());
        if (!cursor) return answer->Refuse(cursor.error());
        const auto page = relay_.Fetch(call, *cursor, body->max_bytes(), [reply](const RecordView& record) {
          auto* out = reply->add_records();
          out->set_header(record.header.data(), record.header.size());
          out->set_signature(record.signature.data(), record.signature.size());
          out->set_payload(record.payload.data(), record.payload.size());
        });
        if (!page) return answer->Refuse(page.error());
        SetCursor(reply->mutable_next(), page->next);
        SetCursor(reply->mutable_head(), page->head);
        reply->set_newest_statement(page->newest_statement);
        reply->set_forked(page->forked);
        answer->Ok();
      });
}

grpc::ServerWriteReactor<v1::Wake>* GrpcService::Subscribe(grpc::CallbackServerContext*,
                                                           const v1::SignedRequest* request) {
  return StartSubscription(relay_, workers_, request, refusing_, heartbeat_);
}

grpc::ServerBidiReactor<v1::PairFrame, v1::PairFrame>* GrpcService::Pair(grpc::CallbackServerContext*) {
  return StartPairing(relay_, workers_, refusing_);
}

}  // namespace kith::relay
