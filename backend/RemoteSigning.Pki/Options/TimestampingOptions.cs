namespace RemoteSigning.Pki.Options;

/// <summary>The section <c>Pki:Timestamping</c>. Without a policy there is no time-stamping: no key, no endpoint, no address in certificates.</summary>
internal sealed class TimestampingOptions
{
    /// <summary>Policy (dotted OID) of tokens for requests that name none. Empty: time-stamping is not offered.</summary>
    public string Policy { get; set; } = "";

    /// <summary>Further policies that a request may name.</summary>
    public IList<string> AcceptedPolicies { get; init; } = [];

    /// <summary>What <c>create</c> and <c>renew</c> make: one of <see cref="Authority.TimestampKeys.Kinds"/>.</summary>
    public string Key { get; set; } = Authority.TimestampKeys.P256;

    /// <summary>How far from UTC the time of a token may be; it stands in each. Whole milliseconds.</summary>
    public TimeSpan Accuracy { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Refuse while the kernel does not know that its clock is disciplined (NTP, PTP), or knows an error beyond
    /// <see cref="Accuracy"/>.
    /// </summary>
    public bool RequireSynchronizedClock { get; set; } = true;

    /// <summary>Stamp SHA-1 digests too.</summary>
    public bool AllowSha1 { get; set; }

    /// <summary>Name the authority's address in certificates for signatures, where Acrobat looks for it.</summary>
    public bool AddressInCertificates { get; set; } = true;

    /// <summary>Most time stamps that one address may ask for in a second, in the long run. Null: any number.</summary>
    public int? RequestsPerSecond { get; set; }

    /// <summary>How many may come at once; without it as many as <see cref="RequestsPerSecond"/>.</summary>
    public int? Burst { get; set; }

    public bool IsOffered => Policy.Length > 0;
}
