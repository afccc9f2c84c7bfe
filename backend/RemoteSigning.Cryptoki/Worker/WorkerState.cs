namespace RemoteSigning.Cryptoki.Worker;

/// <summary>How a worker stands; at the head of each of its answers.</summary>
/// <param name="LoginGeneration">As of the worker's own <see cref="Hsm"/>.</param>
/// <param name="Token">Which of the tokens with the same keys is in use.</param>
/// <param name="ResidentBytes">Its memory, at most a second old.</param>
/// <param name="RefusedPins">For each of the tokens what C_Login said when it refused the PIN; 0 where it did not.</param>
internal sealed record WorkerState(long LoginGeneration, int Token, long ResidentBytes, IReadOnlyList<uint> RefusedPins)
{
    /// <summary>Tokens that may be configured.</summary>
    public const int MostTokens = 16;

    public MessageWriter Write(MessageWriter to)
    {
        to.Long((ulong)LoginGeneration).Byte((byte)Token).Long((ulong)ResidentBytes).Number((uint)RefusedPins.Count);
        foreach (uint refused in RefusedPins)
        {
            to.Number(refused);
        }

        return to;
    }

    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public static WorkerState Read(MessageReader from)
    {
        long generation = Signed(from.Long());
        int token = from.Byte();
        long resident = Signed(from.Long());
        uint[] refused = new uint[from.Count(MostTokens)];
        for (int i = 0; i < refused.Length; i++)
        {
            refused[i] = from.Number();
        }

        return token < MostTokens ? new WorkerState(generation, token, resident, refused) : throw MessageReader.Malformed($"token {token}");
    }

    private static long Signed(ulong value) => value <= long.MaxValue ? (long)value : throw MessageReader.Malformed("a number is too large");
}
