namespace RemoteSigning.Pki.Timestamping;

/// <summary>PKIFailureInfo (RFC 3161, 2.4.2), a named bit list: the values are 1 &lt;&lt; bit.</summary>
[Flags]
internal enum TimestampFailure
{
    /// <summary>The hash algorithm is not accepted.</summary>
    BadAlgorithm = 1 << 0,

    /// <summary>The request is not supported.</summary>
    BadRequest = 1 << 2,

    /// <summary>The request is no DER of the right form, or the digest has not its algorithm's length.</summary>
    BadDataFormat = 1 << 5,

    /// <summary>The clock cannot be trusted now.</summary>
    TimeNotAvailable = 1 << 14,

    /// <summary>The policy that was asked for is not one of ours.</summary>
    UnacceptedPolicy = 1 << 15,

    /// <summary>The request has an extension; none is supported.</summary>
    UnacceptedExtension = 1 << 16,

    /// <summary>HSM, database or certificate do not serve now.</summary>
    SystemFailure = 1 << 25,
}
