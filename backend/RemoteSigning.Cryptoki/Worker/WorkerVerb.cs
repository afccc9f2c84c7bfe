namespace RemoteSigning.Cryptoki.Worker;

/// <summary>What a worker is asked for; a byte of each request. Each but the first two is the method of <see cref="IHsm"/> of that name.</summary>
internal enum WorkerVerb : byte
{
    /// <summary>The first request of all, and never another: log in.</summary>
    Open = 1,

    /// <summary>Never use the PIN of this token, which was refused elsewhere.</summary>
    RefusePin,
    Probe,
    Exists,
    OpenEcdsa,
    Sign,
    Hmac,
    GenerateWrappedRsa,
    GenerateWrappedEcdsa,
    SignWithWrapped,
    Rewrap,
}
