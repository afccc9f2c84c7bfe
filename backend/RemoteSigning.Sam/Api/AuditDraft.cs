using System.Buffers.Text;
using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Devices;
using RemoteSigning.Sam.Keys;
using RemoteSigning.Sam.Sad;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// The audit record of one request while it is worked on: filled with what is known so far, so that a refusal
/// names as much as a success. What a caller claims is kept short.
/// </summary>
internal sealed class AuditDraft(string @event)
{
    private const int LongestClaim = 128;

    private VerifiedSad? _sad;
    private VerifiedSkad? _skad;
    private IReadOnlyList<string>? _devices;
    private string? _signer;
    private string? _keyId;
    private int? _keyVersion;
    private IReadOnlyList<AuditDigest>? _digests;
    private KeyAlgorithm? _algorithm;
    private SealedKey.KeyOwner? _owner;
    private bool? _isEnabled;
    private byte[]? _certificateDigest;
    private string? _configurationDigest;
    private NodeConfiguration? _configuration;

    /// <summary>One of <see cref="AuditEvents"/>.</summary>
    public string Event => @event;

    /// <summary>What is (to be) signed; null before it was read.</summary>
    public IReadOnlyList<AuditDigest>? Digests => _digests;

    public string? Actor { get; set; }

    /// <summary>The operator who approved what another asks for.</summary>
    public string? Approver { get; set; }

    /// <summary>What a success should say besides.</summary>
    public string? Note { get; set; }

    /// <summary>The digests that are (to be) signed.</summary>
    public void Add(IEnumerable<ActivationEntry> entries) => _digests =
    [
        .. entries.Select(e => new AuditDigest(e.SignatureAlgorithm, Convert.ToHexStringLower(e.Digest))),
    ];

    public void Add(VerifiedSad sad) => _sad = sad;

    public void Add(VerifiedSkad skad) => _skad = skad;

    /// <summary>The devices that approved, or that are to approve from now on.</summary>
    public void AddDevices(IEnumerable<Device> devices) => _devices = [.. devices.Select(DeviceVerifier.NameOf)];

    public void AddSigner(string signer) => _signer = Shorten(signer, LongestClaim);

    public void Add(KeyAlgorithm algorithm) => _algorithm = algorithm;

    /// <summary>What an assignment fixes, or was to fix.</summary>
    public void Add(SealedKey.KeyOwner owner) => _owner = owner;

    /// <summary>What a change of status asks for.</summary>
    public void AddStatus(bool isEnabled) => _isEnabled = isEnabled;

    /// <param name="digest">SHA-256.</param>
    public void AddCertificate(byte[] digest) => _certificateDigest = digest;

    /// <summary>A configuration that is asked for; the log names it even where it is refused.</summary>
    public void AddConfiguration(byte[] dynamicFile) => _configurationDigest = NodeConfiguration.Digest(dynamicFile);

    public void Add(NodeConfiguration configuration) => _configuration = configuration;

    public void AddKey(string keyId, int version)
    {
        _keyId = Shorten(keyId, LongestClaim);
        _keyVersion = version;
    }

    public AuditRecord ToRecord(string node, string epoch, string traceId, ProblemException? refusal) => new()
    {
        V = AuditRecord.CurrentVersion,
        Index = 0,
        Node = node,
        Epoch = epoch,
        Time = "",
        Event = Event,
        Actor = Actor,
        Outcome = refusal?.Code ?? "success",
        Reason = refusal is null ? Note : refusal.InnerException?.Message,
        TraceId = traceId,
        Signer = _signer,
        KeyId = _keyId,
        KeyVersion = _keyVersion,
        Algorithm = _algorithm?.Name,
        SubjectDigest = _owner is null ? null : Base64Url.EncodeToString(SHA256.HashData(_owner.Subject)),
        Purpose = _owner?.Purpose,
        Policy = _owner?.Policy,
        Enabled = _isEnabled,
        CertificateDigest = _certificateDigest is null ? null : Convert.ToHexStringLower(_certificateDigest),
        AuthorizationServer = _sad?.Issuer ?? _skad?.Issuer,
        Jti = _sad?.Jti ?? _skad?.Jti,
        Transaction = _sad?.Content.Transaction,
        ClientId = _sad?.Content.ClientId,
        Acr = _sad?.Claims.Acr,
        Amr = _sad?.Claims.Amr,
        SetDigest = _sad?.Content.SetDigest,
        DisplayDigest = _sad?.Content.DisplayDigest,
        TermsDigest = _skad?.Content.TermsDigest,
        Devices = _devices,
        Digests = _digests,
        ConfigurationVersion = _configuration?.Registry.Version,
        ConfigurationDigest = _configurationDigest,
        StaticDigest = _configuration?.StaticDigest,
        DualControl = _configuration?.Static.DualControl,
        Approver = Approver,
    };

    private static string Shorten(string text, int length) => text.Length <= length ? text : text[..length];
}
