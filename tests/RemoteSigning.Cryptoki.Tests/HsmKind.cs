namespace RemoteSigning.Cryptoki.Tests;

/// <summary>Where the module is called: what holds for the one has to hold for the other.</summary>
public enum HsmKind
{
    InThisProcess,
    ThroughAWorker,
}
