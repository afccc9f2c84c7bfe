using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Tests.Fakes;

/// <summary>The other side of the card protocol: one connection of a shim.</summary>
internal sealed class CardClient : IAsyncDisposable
{
    private readonly FrameStream _frames;
    private uint _requestId;

    private CardClient(Stream stream)
    {
        Stream = stream;
        _frames = new FrameStream(stream, CardProtocol.MaximumAnswer, CardProtocol.MaximumRequest);
    }

    public Stream Stream { get; }

    public static async Task<CardClient> ConnectAsync(string socket)
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket));
        return new CardClient(new NetworkStream(connection, ownsSocket: true));
    }

    /// <summary>A connection that has said HELLO; a new application instance unless one is given.</summary>
    public static async Task<CardClient> GreetAsync(string socket, byte[]? instance = null)
    {
        CardClient client = await ConnectAsync(socket);
        await client.CallAsync(CardVerb.Hello, new HelloRequest(instance ?? RandomNumberGenerator.GetBytes(16)).Write, HelloAnswer.Read);
        return client;
    }

    public Task<HelloAnswer> HelloAsync(byte[] instance) => CallAsync(CardVerb.Hello, new HelloRequest(instance).Write, HelloAnswer.Read);

    public Task<ListAnswer> ListAsync(ulong known = 0) => CallAsync(CardVerb.List, new ListRequest(known).Write, ListAnswer.Read);

    public Task LoginAsync(string pin) => CallAsync(CardVerb.Login, new LoginRequest(Encoding.UTF8.GetBytes(pin)).Write, _ => 0);

    public Task LogoutAsync() => CallAsync(CardVerb.Logout, _ => { }, _ => 0);

    public async Task<byte[]> SignAsync(SignRequest request) => (await CallAsync(CardVerb.Sign, request.Write, SignAnswer.Read)).Signature;

    public async Task<byte[]> SignForAsync(SignRequest request) => (await CallAsync(CardVerb.SignFor, request.WriteFor, SignAnswer.Read)).Signature;

    public async Task<bool> VerifyAsync(VerifyRequest request) => (await CallAsync(CardVerb.Verify, request.Write, VerifyAnswer.Read)).Valid;

    public async Task<ulong> WaitAsync(ulong known) => (await CallAsync(CardVerb.Wait, new WaitRequest(known).Write, WaitAnswer.Read)).Generation;

    public async Task SendAsync(CardVerb verb, Action<PayloadWriter> fields, ushort version = CardProtocol.Version)
    {
        var payload = new PayloadWriter();
        fields(payload);
        await _frames.WriteAsync(new CardFrame(version, (ushort)verb, ++_requestId, payload.ToArray()), CancellationToken.None);
    }

    /// <summary>Null when the agent closed the connection.</summary>
    public Task<CardFrame?> ReceiveAsync() => _frames.ReadAsync(CancellationToken.None);

    /// <summary>Waits for the agent's next move; true when that is to close.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await ReceiveAsync() is null;
        }
        catch (IOException)
        {
            // So it looks when the agent closed before it had read everything.
            return true;
        }
    }

    public async Task<T> CallAsync<T>(CardVerb verb, Action<PayloadWriter> fields, Func<PayloadReader, T> read)
    {
        await SendAsync(verb, fields);
        CardFrame answer = await ReceiveAsync() ?? throw new IOException("The agent closed the connection.");
        Assert.That((answer.Version, answer.Verb, answer.RequestId), Is.EqualTo((CardProtocol.Version, (ushort)((int)verb | 0x8000), _requestId)));
        var reader = new PayloadReader(answer.Payload);
        AnswerHead head = AnswerHead.Read(reader);
        if (head.Problem != Problem.None)
        {
            reader.End();
            throw new ProblemException(head.Problem, "", head.Message);
        }

        T message = read(reader);
        reader.End();
        return message;
    }

    public ValueTask DisposeAsync() => _frames.DisposeAsync();
}
