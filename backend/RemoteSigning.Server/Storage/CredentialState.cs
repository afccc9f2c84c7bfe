namespace RemoteSigning.Server.Storage;

/// <summary>
/// How far a credential has come. Only <see cref="Ready"/> ones exist for the CSC API; one whose enrollment
/// failed stays where it came to until it is deleted.
/// </summary>
internal enum CredentialState
{
    /// <summary>The id is drawn; there may be no key.</summary>
    Requested = 0,

    /// <summary>Version 1 of the key object is stored.</summary>
    Generated = 1,

    /// <summary>Version 2 is stored: the key belongs to its signer for good.</summary>
    Assigned = 2,

    /// <summary>The CA has issued the certificate.</summary>
    Issued = 3,

    /// <summary>The SAM has sealed the certificate's digest and enabled the key.</summary>
    Certified = 4,

    /// <summary>The authorization server knows the factors: it can sign.</summary>
    Ready = 5,

    /// <summary>Version 1 of the key object waits for the devices of its signer, who alone can go on.</summary>
    AwaitingDevices = 7,

    /// <summary>Deletion has begun and is to be repeated until it succeeds.</summary>
    Deleting = 6,
}
