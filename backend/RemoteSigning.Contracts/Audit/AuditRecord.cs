using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Audit;

/// <summary>
/// One line of a log of the SAM, one per request, refusals included. The leaf of the Merkle tree is the exact
/// UTF-8 of the line without its line end; readers hash those bytes and never serialize a record again.
/// Members that do not apply are absent.
/// </summary>
public sealed record AuditRecord
{
    public const int CurrentVersion = 1;

    public required int V { get; init; }

    /// <summary>Position in the log, from 0, without gaps.</summary>
    public required long Index { get; init; }

    public required string Node { get; init; }

    public required string Epoch { get; init; }

    /// <summary>UTC, ISO 8601 with milliseconds.</summary>
    public required string Time { get; init; }

    /// <summary>One of <see cref="AuditEvents"/>.</summary>
    public required string Event { get; init; }

    /// <summary>Registered id of the client certificate's holder; absent when nobody could be named.</summary>
    public string? Actor { get; init; }

    /// <summary><c>success</c>, or one of <see cref="ProblemCodes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Why it was refused, or what a success was about; for auditors.</summary>
    public string? Reason { get; init; }

    /// <summary>In a start or stop, the newest head of the node's other log (<see cref="TreeHead.Name"/>): neither is cut unseen.</summary>
    public string? OtherHead { get; init; }

    public string? TraceId { get; init; }

    public string? Signer { get; init; }

    public string? KeyId { get; init; }

    public int? KeyVersion { get; init; }

    /// <summary>Of a generation or an assignment: the kind of key, as it is sealed (<c>RSA-2048</c>, <c>ECDSA-P-256</c>, …).</summary>
    public string? Algorithm { get; init; }

    /// <summary>Of an assignment: SHA-256 of the subject's DER, base64url. A subject names a person, so it does not stand here itself.</summary>
    public string? SubjectDigest { get; init; }

    /// <summary>Of an assignment: one of <see cref="Sam.KeyPurposes"/>.</summary>
    public string? Purpose { get; init; }

    /// <summary>Of an assignment: one of <see cref="Sam.KeyPolicies"/>.</summary>
    public string? Policy { get; init; }

    /// <summary>Of a change of status: whether the key may sign from then on.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Of a change of status: SHA-256 of the key's certificate, lower-case hex.</summary>
    public string? CertificateDigest { get; init; }

    public string? AuthorizationServer { get; init; }

    public string? Jti { get; init; }

    public string? Transaction { get; init; }

    public string? ClientId { get; init; }

    public string? Acr { get; init; }

    public IReadOnlyList<string>? Amr { get; init; }

    public string? SetDigest { get; init; }

    public string? DisplayDigest { get; init; }

    /// <summary>Of an assignment with a SKAD: SHA-256 of the accepted terms, base64url.</summary>
    public string? TermsDigest { get; init; }

    /// <summary>SHA-256 of the credential ids, base64url: of the devices enrolled, or of the one that approved.</summary>
    public IReadOnlyList<string>? Devices { get; init; }

    /// <summary>What was (to be) signed, in the order of the request.</summary>
    public IReadOnlyList<AuditDigest>? Digests { get; init; }

    /// <summary>Version of the SAM's dynamic configuration that comes into force.</summary>
    public int? ConfigurationVersion { get; init; }

    /// <summary>SHA-256 of the dynamic configuration's exact bytes, lower-case hex.</summary>
    public string? ConfigurationDigest { get; init; }

    /// <summary>SHA-256 of the static configuration's exact bytes, lower-case hex.</summary>
    public string? StaticDigest { get; init; }

    /// <summary>Whether that configuration demands a second operator.</summary>
    public bool? DualControl { get; init; }

    /// <summary>Of a command that writes the infrastructure file: SHA-256 of its exact bytes, lower-case hex.</summary>
    public string? InfrastructureDigest { get; init; }

    /// <summary>Of a command on the node's host: the operating system's name for who ran it, and for who had logged in where it knows.</summary>
    public string? OperatingSystemUser { get; init; }

    /// <summary>The operator who approved what <see cref="Actor"/>, or who stands in <see cref="OperatingSystemUser"/>, did.</summary>
    public string? Approver { get; init; }
}
