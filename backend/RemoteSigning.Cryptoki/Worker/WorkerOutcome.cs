namespace RemoteSigning.Cryptoki.Worker;

/// <summary>How a request ended; a byte of each answer.</summary>
internal enum WorkerOutcome : byte
{
    Done = 1,

    /// <summary>An <see cref="HsmException"/>: message, function, CK_RV.</summary>
    HsmFailed,

    /// <summary>A <see cref="System.Security.Cryptography.CryptographicException"/>: message.</summary>
    NotCryptographic,

    /// <summary>An <see cref="ArgumentException"/>: message.</summary>
    BadArgument,

    /// <summary>Not an answer, and its id is 0: a login begins or has ended.</summary>
    Login,
}
