namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// Which infrastructure file may follow which on a node: the same module with the same keys and officers, with generations of the
/// key-encryption key added or retired. Nothing is ever taken back.
/// </summary>
internal static class Succession
{
    /// <param name="before">The node's.</param>
    /// <param name="after">The one that is to take its place; both are genuine.</param>
    /// <exception cref="StartException">It may not; the message says why.</exception>
    public static void Check(InfrastructureFile before, InfrastructureFile after)
    {
        if (!Constant(before).AsSpan().SequenceEqual(Constant(after)))
        {
            throw new StartException(
                "The file is of another module, or of another ceremony of its officers: module, sealing key, audit key, floor key and shares never change.");
        }

        if (!Continues(before, after))
        {
            throw new StartException(Continues(after, before)
                ? "The file is older than this node's: it lacks a generation of the key-encryption key, or what was retired since. Nothing is taken back."
                : "The file was changed on another node in another way than this node's: their generations of the key-encryption key differ. "
                    + "Make each change on one node only, and bring it to the others.");
        }
    }

    private static bool Continues(InfrastructureFile before, InfrastructureFile after) =>
        before.Generation <= after.Generation
        && before.Generations.Zip(after.Generations).All(g => g.First.IsContinuedBy(g.Second));

    /// <summary>The file without what may change.</summary>
    private static byte[] Constant(InfrastructureFile file) => (file with
    {
        Mac = [],
        LaterKeyEncryptionKeys = null,
        LaterKeyEncryptionKeyProofs = null,
        RetiredGenerations = null,
        Transfer = file.Transfer is { } transfer ? transfer with { Mac = [], LaterKeyEncryptionKeys = null } : null,
    }).ToBytes();
}
