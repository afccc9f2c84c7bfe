using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Cluster;

/// <summary>Another node, as this one asks it: mutual TLS with the one registered key, then <see cref="PeerSeal"/>.</summary>
internal sealed class PeerClient : IDisposable
{
    private const int LargestAnswer = 1 << 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly PeerSeal _seal;
    private readonly HttpClient _http;

    /// <param name="tls">Our own identity, which is our server's.</param>
    public PeerClient(ClusterPeer peer, TlsOptions tls, PeerSeal seal)
    {
        Id = peer.Id;
        _seal = seal;
        byte[] key = PublicKeyPem.Decode(peer.PublicKey);
        IPEndPoint address = IPEndPoint.Parse(peer.Address);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = (_, cancel) => ConnectAsync(address, cancel),
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateContext = SslStreamCertificateContext.Create(MutualTls.Load(tls), null, offline: true),
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 shown
                    && shown.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key),
            },
        };
        _http = new HttpClient(handler)
        {
            BaseAddress = new Uri($"https://{peer.ServerName}:{address.Port}"),
            Timeout = Deadline,
            MaxResponseContentBufferSize = LargestAnswer,
        };
    }

    public string Id { get; }

    /// <exception cref="PeerFailure">It gave no answer.</exception>
    public async Task<PeerState> BeatAsync(PeerState state, CancellationToken cancel)
    {
        PeerMessage answer = await AskAsync(PeerFunctions.Heartbeat, _seal.Ask(Id) with { State = state }, cancel);
        return answer.State ?? throw Unreadable(null);
    }

    /// <summary>Has an entry made durable.</summary>
    /// <exception cref="PeerFailure">It is not, or nobody knows.</exception>
    public Task StoreAsync(string line, CancellationToken cancel) =>
        AskAsync(PeerFunctions.Store, _seal.Ask(Id) with { Lines = [line] }, cancel);

    /// <summary>Offers a head for a counter-signature.</summary>
    /// <returns>What it gave, not verified; null: it has refused this log before and recorded that.</returns>
    /// <exception cref="PeerFailure">It refused, or gave no answer.</exception>
    public async Task<CounterSignature?> OfferAsync(HeadOffer offer, CancellationToken cancel) =>
        (await AskAsync(PeerFunctions.Witness, _seal.Ask(Id) with { Offer = offer }, cancel)).CounterSignature;

    /// <summary>The entries from a position on, and the next position.</summary>
    /// <exception cref="PeerFailure">It gave none.</exception>
    public async Task<(IReadOnlyList<(UInt128 Key, FloorEntry Entry)> Entries, long Next)> ReadAsync(
        string list, long position, CancellationToken cancel)
    {
        PeerMessage answer = await AskAsync(
            PeerFunctions.Read, _seal.Ask(Id) with { List = list, Position = position }, cancel);
        return answer is { Lines: { } lines, Position: { } next } && next > position && answer.List == list
            ? ([.. lines.Select(l => FloorEntry.TryParse(l, out UInt128 key, out FloorEntry entry) ? (key, entry) : throw Unreadable(null))], next)
            : throw Unreadable(null);
    }

    public void Dispose() => _http.Dispose();

    private static async ValueTask<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<PeerMessage> AskAsync(string function, PeerMessage message, CancellationToken cancel)
    {
        try
        {
            using var content = new ByteArrayContent(_seal.SealRequest(function, message));
            content.Headers.ContentType = new("application/json");
            using HttpResponseMessage response = await _http.PostAsync(new Uri(PeerFunctions.Path(function), UriKind.Relative), content, cancel);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancel);
            return response.IsSuccessStatusCode ? _seal.OpenAnswer(function, body, message) : throw Refusal(response.StatusCode, body);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            throw new PeerFailure(Id, $"{Id} cannot be asked: {e.GetBaseException().Message}", null, e);
        }
        catch (Exception e) when (e is JsonException or ProblemException)
        {
            throw Unreadable(e);
        }
    }

    private PeerFailure Refusal(HttpStatusCode status, byte[] body)
    {
        ProblemDocument? document = JsonSerializer.Deserialize(body, StrictJson.Sam.ProblemDocument);
        return new PeerFailure(Id, $"{Id} refused ({(int)status}, {document?.Code})", document?.Code);
    }

    private PeerFailure Unreadable(Exception? cause) =>
        new(Id, $"{Id} gave an answer that cannot be believed: {cause?.InnerException?.Message ?? cause?.Message}", null, cause);
}
