using System.Security.Cryptography;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Transport;

namespace RemoteSigning.Sam.Commands;

/// <summary>Gets the officers' passphrases, at a ceremony where they are all present, from files or at the terminal.</summary>
internal static class OfficerPassphrases
{
    /// <summary>New ones, asked twice at a terminal. No two officers have the same.</summary>
    public static IReadOnlyList<Passphrase> Collect(int officers, IReadOnlyList<string> files)
    {
        if (files.Count > 0 && files.Count != officers)
        {
            throw new StartException($"There are {files.Count} passphrase files for {officers} officers.");
        }

        List<Passphrase> read = [];
        for (int i = 0; i < officers; i++)
        {
            Passphrase next = files.Count > 0 ? Passphrase.FromFile(files[i]) : AskTwice(i + 1, officers);
            int same = read.FindIndex(next.Equals);
            read.Add(next);
            if (same >= 0)
            {
                read.ForEach(p => p.Dispose());
                throw new StartException($"Officers {same + 1} and {i + 1} have the same passphrase; each must have one of their own.");
            }
        }

        return read;
    }

    /// <summary>Opens as many shares as the file demands, uses them, wipes them.</summary>
    /// <param name="files">Each <c>NUMBER:FILE</c>; none: the terminal is asked.</param>
    /// <exception cref="StartException">They are too few, or one is not right.</exception>
    public static T WithShares<T>(
        InfrastructureFile infrastructure, IReadOnlyList<string> files, Func<IReadOnlyList<(int Number, byte[] Value)>, T> use)
    {
        List<(int Number, byte[] Value)> opened = [];
        try
        {
            OpenShares(infrastructure, infrastructure.Transfer!, files, opened); // Callers have looked.
            return use(opened);
        }
        finally
        {
            opened.ForEach(o => CryptographicOperations.ZeroMemory(o.Value));
        }
    }

    /// <exception cref="StartException">Shares are named for a module whose keys stay in their token.</exception>
    public static void RefuseShares(IReadOnlyList<string> files)
    {
        if (files.Count > 0)
        {
            throw new StartException("The keys of this module stay in their HSM, so there are no officers with shares: leave out --share.");
        }
    }

    private static void OpenShares(
        InfrastructureFile infrastructure, KeyTransfer transfer, IReadOnlyList<string> files, List<(int Number, byte[] Value)> opened)
    {
        if (files.Count > 0 && files.Count < transfer.Threshold)
        {
            throw new StartException($"{files.Count} shares are not enough: this module needs {transfer.Threshold} of {transfer.Shares.Count} officers.");
        }

        while (opened.Count < transfer.Threshold)
        {
            (int number, string? file) = files.Count > 0 ? Split(files[opened.Count]) : (AskNumber(transfer), null);
            if (number < 1 || number > transfer.Shares.Count || opened.Exists(o => o.Number == number))
            {
                throw new StartException($"There is no officer {number}, or their share was given already.");
            }

            using Passphrase passphrase = file is null
                ? Passphrase.FromTerminal($"Officer {number}, passphrase: ")
                : Passphrase.FromFile(file);
            byte[] share = transfer.Shares[number - 1].Open(passphrase.Text, infrastructure.ShareContext)
                ?? throw new StartException($"The passphrase of officer {number} is wrong, or the share was changed.");
            opened.Add((number, share));
        }
    }

    private static (int Number, string File) Split(string argument)
    {
        int colon = argument.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && int.TryParse(argument[..colon], out int number)
            ? (number, argument[(colon + 1)..])
            : throw new StartException("A share is named as NUMBER:FILE, the officer's number and the file with the passphrase.");
    }

    private static int AskNumber(KeyTransfer transfer)
    {
        Console.Error.Write($"Number of the next officer (1 to {transfer.Shares.Count}): ");
        return int.TryParse(Console.ReadLine(), out int number) ? number : 0;
    }

    private static Passphrase AskTwice(int officer, int officers)
    {
        Passphrase first = Passphrase.FromTerminal($"Officer {officer} of {officers}, new passphrase: ");
        using Passphrase again = Passphrase.FromTerminal($"Officer {officer} of {officers}, once more: ");
        if (first.Equals(again))
        {
            return first;
        }

        first.Dispose();
        throw new StartException("The two passphrases differ; nothing was made.");
    }
}
