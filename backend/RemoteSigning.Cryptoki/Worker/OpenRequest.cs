namespace RemoteSigning.Cryptoki.Worker;

/// <summary>The first request to a worker: which module and which tokens, and what is known of them already. The PIN stays in its file.</summary>
/// <param name="First">The token to try first.</param>
/// <param name="RefusedPins">As in <see cref="WorkerState"/>: these tokens are left alone.</param>
internal sealed record OpenRequest(HsmOptions Options, int First, IReadOnlyList<uint> RefusedPins)
{
    /// <summary>Rises with each change of the messages: a program that was replaced on the disk is no worker for one that runs.</summary>
    private const byte Version = 1;

    private const int MostSessions = 1024;
    private const int LongestPath = 4096;
    private const int LongestName = 256;

    public void Write(MessageWriter to)
    {
        to.Byte(Version).Text(Options.Module).Number((uint)Options.MaxSessions).Text(Options.Profile).Number(Options.UserType);
        WriteOptional(to, Options.WrapMechanism);
        WriteOptional(to, Options.HmacKeyType);
        WriteOptional(to, Options.HmacKeyGeneration);
        WriteOptional(to, Options.UnwrapTemplate is { } unwrap ? (unwrap ? 1u : 0u) : null);
        to.Byte((byte)First).Number((uint)(1 + Options.Standby.Count));
        WriteToken(to, Options.TokenLabel, Options.PinFile, RefusedPins[0]);
        for (int i = 0; i < Options.Standby.Count; i++)
        {
            WriteToken(to, Options.Standby[i].TokenLabel, Options.Standby[i].PinFile, RefusedPins[i + 1]);
        }
    }

    /// <exception cref="InvalidDataException">It is malformed, or of another version of the program.</exception>
    public static OpenRequest Read(MessageReader from)
    {
        byte version = from.Byte();
        if (version != Version)
        {
            throw MessageReader.Malformed($"it is of version {version}; restart the service after its program was replaced");
        }

        var options = new HsmOptions
        {
            Module = from.Text(LongestPath),
            MaxSessions = from.Count(MostSessions),
            Profile = from.Text(LongestName),
            UserType = from.Number(),
            WrapMechanism = ReadOptional(from),
            HmacKeyType = ReadOptional(from),
            HmacKeyGeneration = ReadOptional(from),
            UnwrapTemplate = ReadOptional(from) is { } unwrap ? unwrap == 1 : null,
        };
        int first = from.Byte();
        uint[] refused = new uint[from.Count(WorkerState.MostTokens)];
        for (int i = 0; i < refused.Length; i++)
        {
            string label = from.Text(LongestName);
            string pinFile = from.Text(LongestPath);
            refused[i] = from.Number();
            if (i == 0)
            {
                (options.TokenLabel, options.PinFile) = (label, pinFile);
            }
            else
            {
                options.Standby.Add(new StandbyToken { TokenLabel = label, PinFile = pinFile });
            }
        }

        from.End();
        return first < refused.Length ? new OpenRequest(options, first, refused) : throw MessageReader.Malformed($"token {first} of {refused.Length}");
    }

    private static void WriteToken(MessageWriter to, string label, string pinFile, uint refused) =>
        to.Text(label).Text(Path.GetFullPath(pinFile)).Number(refused);

    private static void WriteOptional(MessageWriter to, uint? value) => to.Flag(value is not null).Number(value ?? 0);

    private static uint? ReadOptional(MessageReader from)
    {
        bool isThere = from.Flag();
        uint value = from.Number();
        return isThere ? value : null;
    }
}
