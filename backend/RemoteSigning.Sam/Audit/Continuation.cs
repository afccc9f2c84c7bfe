using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>The first line of a file that goes on with a rotated one: it verifies without it, and together with it.</summary>
/// <param name="Subtrees">The complete subtrees of all records before, largest first; base64 in JSON.</param>
/// <param name="Head">The newest signed head, which covers exactly them.</param>
internal sealed record Continuation(IReadOnlyList<byte[]> Subtrees, TreeHead Head);
