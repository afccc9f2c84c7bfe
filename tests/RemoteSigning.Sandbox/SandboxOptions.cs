namespace RemoteSigning.Sandbox;

/// <summary>What kind of sandbox to start.</summary>
/// <param name="Folder">Everything lies below it; what was there is removed.</param>
/// <param name="CardMode">Login mode of the card: <c>protected</c>, <c>pin</c> or <c>agent</c>.</param>
/// <param name="Signers">Whom to enroll.</param>
/// <param name="WithAgent">False leaves the terminal agent out.</param>
/// <param name="SamNodes">How many nodes the SAM has, 1 to 3.</param>
/// <param name="Traces">Where all processes send their spans (OTLP over HTTP); null: nowhere.</param>
public sealed record SandboxOptions(
    string Folder, string CardMode, IReadOnlyList<SampleSigner> Signers, bool WithAgent = true, int SamNodes = 1, Uri? Traces = null);
