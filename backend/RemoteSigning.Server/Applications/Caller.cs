namespace RemoteSigning.Server.Applications;

/// <summary>On whose behalf a request comes, and through which application.</summary>
internal sealed record Caller(string Signer, CallingApplication Application);
