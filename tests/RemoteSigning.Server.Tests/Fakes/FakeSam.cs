using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>The SAM's interface with keys in memory: real signatures, real SAD checks, a real log.</summary>
internal sealed class FakeSam : IAsyncDisposable
{
    private readonly Dictionary<string, FakeKey> _keys;
    private readonly HashSet<string> _used = [];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ECDsa _sadKey;

    /// <param name="twin">Another node with the same keys.</param>
    public FakeSam(TlsIdentity identity, ECDsa sadKey, FakeSam? twin = null, string node = "sam-fake")
    {
        _sadKey = sadKey;
        _keys = twin?._keys ?? [];
        Node = node;
        Host = new FakeHost(identity, HandleAsync);
    }

    public string Node { get; }

    public FakeHost Host { get; }

    /// <summary>Why the status says that it does not sign.</summary>
    public string? Unavailable { get; set; }

    /// <summary>Cuts every connection after its request was carried out: the process dies.</summary>
    public bool Dies { get; set; }

    public FakeLog Log { get; } = new();

    public string Epoch { get; set; } = NewEpoch();

    /// <summary>Serves whoever shows a head of another log: the program itself is not the real one.</summary>
    public bool IgnoresHeads { get; set; }

    /// <summary>The newest key-encryption key.</summary>
    public int Generation { get; set; } = 1;

    /// <summary>The heads that came with requests, in their order.</summary>
    public List<string> Heads { get; } = [];

    /// <summary>Refuses the next request at this path with this code, as an audited refusal.</summary>
    public (string Path, string Code, Problem Problem)? RefuseNext { get; set; }

    /// <summary>Refuses each request at this path with this code.</summary>
    public (string Path, string Code, Problem Problem)? RefuseAlways { get; set; }

    /// <summary>Hears of each request, by method and path, before it is carried out.</summary>
    public Action<string>? Before { get; set; }

    /// <summary>Cuts the connection of the next request that changes a key or signs, after it was carried out.</summary>
    public bool CutNextAnswer { get; set; }

    /// <summary>Changes the next answer to a request for signatures.</summary>
    public Func<Signatures, Signatures>? ForgeNext { get; set; }

    public int SignedRecords => Log.Records.Count(r => r is { Event: AuditEvents.Sign, Outcome: "success" });

    /// <summary>How many signatures the log names as made for this application.</summary>
    public int SignaturesOf(string client) => Log.Records
        .Where(r => r is { Event: AuditEvents.Sign, Outcome: "success" } && r.ClientId == client).Sum(r => r.Digests!.Count);

    public FakeKey Key(string id) => _keys[id];

    public static string NewEpoch() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Log.Dispose();
        _gate.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        await _gate.WaitAsync(context.RequestAborted);
        string name = $"{context.Request.Method} {context.Request.Path}";
        try
        {
            Before?.Invoke(name);
            CheckHead(context);
            RefuseIfTold(name);

            await RouteAsync(context, name);
        }
        catch (FakeRefusal refusal)
        {
            await FakeHost.RefuseAsync(context, refusal.Status, refusal.Problem, refusal.Code, AppendRefusal(context, refusal.Code));
        }
        finally
        {
            _gate.Release();
        }
    }

    private void RefuseIfTold(string name)
    {
        if ((RefuseNext ?? RefuseAlways) is { } refusal && name == refusal.Path)
        {
            RefuseNext = null;
            throw new FakeRefusal(403, refusal.Problem, refusal.Code);
        }
    }

    /// <summary>
    /// Whoever may not ask for signatures is refused before the SAD is looked at, so that its record names none; and
    /// a log that cannot be written proves nothing.
    /// </summary>
    private LogProof? AppendRefusal(HttpContext context, string code) => code switch
    {
        ProblemCodes.AuditUnavailable => null,
        _ when context.Request.Path != "/sam/v1/signatures" || code == ProblemCodes.RoleForbidden => Append(AuditEvents.Refused, code),
        _ => Append(AuditEvents.Sign, code, jti: Claims(context).Jti),
    };

    private Task RouteAsync(HttpContext context, string name) => name switch
    {
        "GET /sam/v1/status" => StatusAsync(context),
        "POST /sam/v1/key_pairs" => GenerateAsync(context),
        "POST /sam/v1/signers/$body/key_pairs" => AssignAsync(context),
        "POST /sam/v1/proofs_of_possession" => ProveAsync(context),
        "PUT /sam/v1/key_pairs/$body" => ChangeAsync(context),
        "DELETE /sam/v1/key_pairs/$body" => DeleteAsync(context),
        "POST /sam/v1/key_pairs/$body/reseal" => ResealAsync(context),
        "POST /sam/v1/signatures" => SignAsync(context),
        _ => throw new FakeRefusal(404, Problem.InvalidRequest, ProblemCodes.NotFound),
    };

    private void CheckHead(HttpContext context)
    {
        if (context.Request.Headers[TreeHead.HeaderName] is [{ } head])
        {
            Heads.Add(head);
            string[] parts = head.Split('.');
            Demand(
                IgnoresHeads || Log.Knows(int.Parse(parts[0], null), Base64Url.DecodeFromChars(parts[1])), 409, ProblemCodes.HeadUnknown);
        }
    }

    private Task StatusAsync(HttpContext context)
    {
        string pem = Log.Key.ExportSubjectPublicKeyInfoPem();
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        TreeHead? head = Log.Records.Count == 0 ? null : Log.Head(Node);
        return FakeHost.WriteAsync(context, 200, new SamStatus(Node, Epoch, "fake", now, 1, pem, pem, head, Unavailable: Unavailable), SamJson.Default.SamStatus);
    }

    private async Task GenerateAsync(HttpContext context)
    {
        GenerateKeyPairRequest request = await FakeHost.ReadAsync(context, SamJson.Default.GenerateKeyPairRequest);
        var key = new FakeKey(request.KeyTemplate) { Generation = Generation };
        _keys[key.Id] = key;
        await AnswerAsync(context, 201, key, AuditEvents.Generate);
    }

    private async Task AssignAsync(HttpContext context)
    {
        AssignKeyPairRequest request = await FakeHost.ReadAsync(context, SamJson.Default.AssignKeyPairRequest);
        FakeKey key = Open(request.KeyPair);
        Demand(key.Owner is null, 409, ProblemCodes.KeyAssigned);
        (key.Owner, key.Subject, key.Purpose, key.Version) = (request.Signer.Id, request.Subject, request.Purpose, 2);
        await AnswerAsync(context, 200, key, AuditEvents.Assign);
    }

    private async Task ProveAsync(HttpContext context)
    {
        ProofOfPossessionRequest request = await FakeHost.ReadAsync(context, SamJson.Default.ProofOfPossessionRequest);
        FakeKey key = Open(request.KeyPair);
        Demand(key is { Owner: not null, Certified: false }, 403, ProblemCodes.KeyNotAssigned);
        SignatureAlgorithm algorithm = Algorithm(request.Request.SignatureAlgorithm, null);
        byte[] digest = CryptographicOperations.HashData(algorithm.Digest.Name, request.Request.Dtbs);
        LogProof proof = Append(AuditEvents.ProvePossession, "success", key);
        await FakeHost.WriteAsync(
            context, 200, new ProofOfPossession(key.SignDigest(algorithm, digest), proof), SamJson.Default.ProofOfPossession);
    }

    private async Task ChangeAsync(HttpContext context)
    {
        ChangeStatusRequest request = await FakeHost.ReadAsync(context, SamJson.Default.ChangeStatusRequest);
        FakeKey key = Find(request.KeyPair);
        if (key.Version == request.KeyPair.Version + 1 && key.Enabled == request.Status.Enabled && key.Certified == request.Status.Certified)
        {
            // The same change of the same version once more, after a lost answer: the same object comes of it.
            await AnswerAsync(context, 200, key, AuditEvents.ChangeStatus);
            return;
        }

        Open(request.KeyPair);
        Demand(key.Owner == request.Signer.Id, 403, ProblemCodes.WrongSigner);
        Demand(key.Certified || request.Certificate is not null, 400, ProblemCodes.Malformed);
        (key.Certified, key.Enabled, key.Version) = (request.Status.Certified, request.Status.Enabled, key.Version + 1);
        await AnswerAsync(context, 200, key, AuditEvents.ChangeStatus);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        DeleteKeyPairRequest request = await FakeHost.ReadAsync(context, SamJson.Default.DeleteKeyPairRequest);
        FakeKey key = Find(request.KeyPair); // Any version of it.
        Demand(key.Owner == request.Signer.Id, 403, ProblemCodes.WrongSigner);
        key.Deleted = true;
        LogProof proof = Append(AuditEvents.Delete, "success", key);
        if (!IsCut(context))
        {
            await FakeHost.WriteAsync(context, 200, new DeletedKeyPair(key.Id, proof), SamJson.Default.DeletedKeyPair);
        }
    }

    private async Task ResealAsync(HttpContext context)
    {
        ResealKeyPairRequest request = await FakeHost.ReadAsync(context, SamJson.Default.ResealKeyPairRequest);
        FakeKey key = Find(request.KeyPair);
        if (key.MovedFrom != request.KeyPair.Version || key.Version != request.KeyPair.Version + 1)
        {
            Open(request.KeyPair);
            Demand(key.Generation < Generation, 409, ProblemCodes.Conflict);
            (key.Generation, key.MovedFrom, key.Version) = (Generation, key.Version, key.Version + 1);
        }

        await AnswerAsync(context, 200, key, AuditEvents.Reseal);
    }

    private async Task SignAsync(HttpContext context)
    {
        SignaturesRequest request = await FakeHost.ReadAsync(context, SamJson.Default.SignaturesRequest);
        (SadClaims claims, ActivationContent content) = ReadSad(context);
        FakeKey key = Open(request.KeyPair);
        Demand(content.Signer == request.Signer.Id && key.Owner == request.Signer.Id, 403, ProblemCodes.SadWrongSigner);
        Demand(content.KeyId == key.Id, 403, ProblemCodes.SadWrongKey);
        Demand(key.Purpose == request.Purpose, 403, ProblemCodes.WrongPurpose);
        Demand(key.Enabled, 403, ProblemCodes.KeyDisabled);
        IEnumerable<ActivationEntry> entries = request.Requests.Select(
            r => new ActivationEntry(request.SignatureAlgorithm!, request.SignatureAlgorithmParameters, r.Dtbs));
        Demand(content.SetDigest == Base64Url.EncodeToString(ActivationSet.Digest(entries)), 403, ProblemCodes.SadWrongSet);
        Demand(_used.Add(claims.Jti), 403, ProblemCodes.SadUsed);

        SignatureAlgorithm algorithm = Algorithm(request.SignatureAlgorithm, request.SignatureAlgorithmParameters);
        LogProof proof = Append(AuditEvents.Sign, "success", key, claims.Jti, [.. request.Requests.Select(
            r => new AuditDigest(request.SignatureAlgorithm!, Convert.ToHexStringLower(r.Dtbs)))], content.ClientId);
        var answer = new Signatures([.. request.Requests.Select(r => key.SignDigest(algorithm, r.Dtbs))], proof);
        if (IsCut(context))
        {
            return;
        }

        answer = ForgeNext?.Invoke(answer) ?? answer;
        ForgeNext = null;
        await FakeHost.WriteAsync(context, 200, answer, SamJson.Default.Signatures);
    }

    private SadClaims Claims(HttpContext context)
    {
        string sad = context.Request.Headers[SadClaims.HeaderName].ToString();
        Demand(
            CompactJws.TryRead(sad, SadClaims.JwsType, out CompactJws? jws) && jws.Verify(_sadKey), 401, ProblemCodes.SadInvalid);
        return JsonSerializer.Deserialize(jws!.Payload, ActivationJson.Default.SadClaims)!;
    }

    private (SadClaims Claims, ActivationContent Content) ReadSad(HttpContext context)
    {
        SadClaims claims = Claims(context);
        Demand(claims.Aud == Node, 403, ProblemCodes.SadWrongNode);
        Demand(claims.Epoch == Epoch, 403, ProblemCodes.SadWrongEpoch);
        return (claims, JsonSerializer.Deserialize(claims.Content, ActivationJson.Default.ActivationContent)!);
    }

    private FakeKey Find(KeyPair pair)
    {
        Demand(_keys.TryGetValue(pair.KeyId, out FakeKey? key), 403, ProblemCodes.IntegrityError);
        Demand(!key!.Deleted, 403, ProblemCodes.KeyDeleted);
        return key;
    }

    private FakeKey Open(KeyPair pair)
    {
        FakeKey key = Find(pair);
        Demand(pair.Version == key.Version, 403, ProblemCodes.KeyOutdated);
        Demand(pair.Sealed.AsSpan().SequenceEqual(key.Seal()), 403, ProblemCodes.IntegrityError);
        return key;
    }

    private static SignatureAlgorithm Algorithm(string? oid, byte[]? parameters) =>
        SignatureAlgorithm.TryRead(oid ?? "", parameters, null, out SignatureAlgorithm? algorithm)
            ? algorithm
            : throw new FakeRefusal(400, Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported);

    private Task AnswerAsync(HttpContext context, int status, FakeKey key, string what)
    {
        KeyPair answer = key.Object with { Audit = Append(what, "success", key) };
        return IsCut(context) ? Task.CompletedTask : FakeHost.WriteAsync(context, status, answer, SamJson.Default.KeyPair);
    }

    private bool IsCut(HttpContext context)
    {
        bool cut = CutNextAnswer || Dies;
        CutNextAnswer = false;
        if (cut)
        {
            context.Abort();
        }

        return cut;
    }

    private LogProof Append(
        string what, string outcome, FakeKey? key = null, string? jti = null, IReadOnlyList<AuditDigest>? digests = null, string? client = null) =>
        Log.Append(index => new AuditRecord
        {
            V = AuditRecord.CurrentVersion,
            Index = index,
            Node = Node,
            Epoch = Epoch,
            Time = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            Event = what,
            Outcome = outcome,
            KeyId = key?.Id,
            Signer = key?.Owner,
            AuthorizationServer = jti is null ? null : FakeAuthorization.Issuer,
            Jti = jti,
            ClientId = client,
            Digests = digests,
        });

    private static void Demand(bool holds, int status, string code)
    {
        if (!holds)
        {
            throw new FakeRefusal(status, Problem.NotAllowed, code);
        }
    }
}
