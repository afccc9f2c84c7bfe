using Microsoft.Extensions.Logging;
using RemoteSigning.Agent.Core.Card;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>The verbs of the card protocol: decode, act, encode. Every failure becomes an answer here.</summary>
internal sealed class CardCalls(
    AgentOptions options, CardContents card, CardLogin login, CardSigner signer, ILogger log)
{
    private static readonly string Agent = $"RemoteSigning agent {typeof(CardCalls).Assembly.GetName().Version?.ToString(3)}";

    private readonly string _serial = TokenSerial.Of(options);

    /// <exception cref="FrameException">The payload is not what the verb wants; the connection has to end.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for the answer.</exception>
    public async Task<CardFrame> AnswerAsync(CardFrame request, CardConnection connection, CancellationToken cancellation)
    {
        string verb = NameOf(request.Verb);
        var answer = new PayloadWriter();
        try
        {
            Action<PayloadWriter> fields = await ActAsync(request, connection, cancellation);
            AnswerHead.Done.Write(answer);
            fields(answer);
        }
        catch (ProblemException e)
        {
            Log.CallRefused(log, verb, connection.Peer.Program, (int)e.Problem, e.Problem.ToString(), e.Message, e.InnerException);
            new AnswerHead(e.Problem, e.Message).Write(answer);
        }
        catch (Exception e) when (e is not (OperationCanceledException or FrameException))
        {
            Log.CallFailed(log, verb, connection.Peer.Program, e);
            new AnswerHead(Problem.Internal, "The agent failed; its log says why.").Write(answer);
        }

        return new CardFrame(CardProtocol.Version, (ushort)(request.Verb | CardProtocol.AnswerBit), request.RequestId, answer.ToArray());
    }

    public static string NameOf(ushort verb) => Enum.IsDefined((CardVerb)verb) ? ((CardVerb)verb).ToString().ToUpperInvariant() : $"Verb {verb}";

    /// <summary>Acts on a request; returns what writes the fields of its answer.</summary>
    private async Task<Action<PayloadWriter>> ActAsync(CardFrame request, CardConnection connection, CancellationToken cancellation)
    {
        if (request.Version != CardProtocol.Version)
        {
            throw Refused($"This agent speaks version {CardProtocol.Version} of the card protocol, not {request.Version}.");
        }

        var verb = (CardVerb)request.Verb;
        if (!Enum.IsDefined(verb))
        {
            throw Refused("The verb is unknown.");
        }

        if (verb == CardVerb.Decrypt)
        {
            throw new ProblemException(Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported, "This card does not decrypt.");
        }

        if (verb == CardVerb.Hello)
        {
            connection.Join(Decode(request, HelloRequest.Read).Instance);
            return new HelloAnswer(Agent, (uint)Consent.Deadline.TotalSeconds, options.CardMode).Write;
        }

        return await ActAsync(verb, request, connection, connection.Application ?? throw Refused("HELLO has to come first."), cancellation);
    }

    private async Task<Action<PayloadWriter>> ActAsync(
        CardVerb verb, CardFrame request, CardConnection connection, ApplicationInstance application, CancellationToken cancellation)
    {
        switch (verb)
        {
            case CardVerb.List:
                return List(Decode(request, ListRequest.Read), application).Write;
            case CardVerb.Login:
                await login.LogInAsync(Decode(request, LoginRequest.Read).Pin, application, connection.Peer, cancellation);
                return _ => { };
            case CardVerb.Logout:
                Decode(request, _ => 0);
                application.LogOut();
                return _ => { };
            case CardVerb.Sign or CardVerb.SignFor:
                SignRequest sign = Decode<SignRequest>(request, verb == CardVerb.Sign ? SignRequest.Read : SignRequest.ReadFor);
                return new SignAnswer(await signer.SignAsync(sign, application, connection.Peer, cancellation)).Write;
            case CardVerb.Verify:
                return new VerifyAnswer(signer.Verify(Decode(request, VerifyRequest.Read))).Write;
            case CardVerb.Wait:
                return new WaitAnswer(await card.WaitAsync(Decode(request, WaitRequest.Read).KnownGeneration, cancellation)).Write;
            default:
                throw new InvalidOperationException($"{verb} has no case.");
        }
    }

    private static ProblemException Refused(string text) => new(Problem.InvalidRequest, ProblemCodes.Malformed, text);

    private static T Decode<T>(CardFrame request, Func<PayloadReader, T> read)
    {
        var reader = new PayloadReader(request.Payload);
        T message = read(reader);
        reader.End();
        return message;
    }

    private ListAnswer List(ListRequest request, ApplicationInstance application)
    {
        CardSnapshot now = card.Current;
        CardStates state = (now.SignedIn ? CardStates.SignedIn : CardStates.None)
            | (options.CardMode == CardMode.Agent || application.IsLoggedIn ? CardStates.LoggedIn : CardStates.None);
        return new ListAnswer(
            now.Generation, state, options.CardMode, options.TokenLabel, _serial,
            request.KnownGeneration == now.Generation ? [] : [.. now.Credentials.Select(c => c.OnCard)]);
    }
}
