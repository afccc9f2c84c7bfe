namespace RemoteSigning.Server.Storage;

/// <summary>How an approval stands that is given elsewhere.</summary>
internal enum WaitingApprovalState
{
    /// <summary>Nobody has answered.</summary>
    Waiting,

    /// <summary>A device answered this content; only the SAM can say whether the answer holds.</summary>
    Approved,

    /// <summary>The signer does not want it.</summary>
    Refused,

    /// <summary>What came is no answer of a device of this credential to this content.</summary>
    Wrong,
}
