using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Cluster;

/// <summary>
/// Authenticates what nodes say to one another, both ways, by the floor key that all their tokens hold: whoever has a node's
/// TLS key only can neither bring an entry in, nor pretend that one was stored, nor keep a heart beating.
/// </summary>
/// <param name="mac">HMAC-SHA256 with the HSM's floor key.</param>
internal sealed class PeerSeal(string node, Func<byte[], byte[]> mac)
{
    private const string Request = "request";
    private const string Answer = "answer";
    private const int NonceLength = 32;

    public static PeerMessage Reply(PeerMessage request) =>
        new(PeerMessage.CurrentVersion, request.To, request.From, request.Nonce);

    public PeerMessage Ask(string peer) =>
        new(PeerMessage.CurrentVersion, node, peer, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceLength / 2)));

    public byte[] SealRequest(string function, PeerMessage message) => Seal(Request, function, message);

    public byte[] SealAnswer(string function, PeerMessage message) => Seal(Answer, function, message);

    /// <exception cref="ProblemException">It is not a request of this peer to this node, or is not authentic.</exception>
    public PeerMessage OpenRequest(string function, ReadOnlySpan<byte> envelope, string peer)
    {
        PeerMessage message = Open(Request, function, envelope);
        return message.From == peer && message.To == node && message.Nonce.Length == NonceLength
            ? message
            : throw Refusals.Create(ProblemCodes.CallerUnknown, $"the message is from {message.From} to {message.To}");
    }

    /// <exception cref="ProblemException">It is not the answer to this request, or is not authentic.</exception>
    public PeerMessage OpenAnswer(string function, ReadOnlySpan<byte> envelope, PeerMessage request)
    {
        PeerMessage message = Open(Answer, function, envelope);
        return message.From == request.To && message.To == request.From && message.Nonce == request.Nonce
            ? message
            : throw Refusals.Create(ProblemCodes.CallerUnknown, "the answer is to another request");
    }

    private byte[] Seal(string kind, string function, PeerMessage message)
    {
        string content = JsonSerializer.Serialize(message, PeerJson.Default.PeerMessage);
        var envelope = new PeerEnvelope(content, Mac(kind, function, content));
        return JsonSerializer.SerializeToUtf8Bytes(envelope, PeerJson.Default.PeerEnvelope);
    }

    private PeerMessage Open(string kind, string function, ReadOnlySpan<byte> bytes)
    {
        PeerEnvelope envelope = JsonSerializer.Deserialize(bytes, PeerJson.Default.PeerEnvelope) ?? throw new JsonException("null");
        byte[] expected = Encoding.ASCII.GetBytes(Mac(kind, function, envelope.Content));
        if (!CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(envelope.Mac)))
        {
            throw Refusals.Create(ProblemCodes.CallerUnknown, "the message is not authenticated by the cluster's floor key");
        }

        PeerMessage message =
            JsonSerializer.Deserialize(envelope.Content, PeerJson.Default.PeerMessage) ?? throw new JsonException("null");
        return message.V == PeerMessage.CurrentVersion
            ? message
            : throw Refusals.Create(ProblemCodes.Malformed, $"peer messages of version {message.V} are not known");
    }

    private string Mac(string kind, string function, string content) => Convert.ToHexStringLower(
        mac(Encoding.UTF8.GetBytes($"RemoteSigning peer message v1\n{function}\n{kind}\n{content}")));
}
