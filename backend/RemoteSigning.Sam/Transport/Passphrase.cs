using System.Security.Cryptography;
using RemoteSigning.Hosting;

namespace RemoteSigning.Sam.Transport;

/// <summary>
/// An officer's passphrase: printable ASCII, so that it is the same on every keyboard and system, in pinned memory that is
/// wiped. It comes from a terminal without echo or from an owner-only file (a descriptor is <c>/dev/fd/N</c>), never from
/// the command line or the environment, which others can read.
/// </summary>
internal sealed class Passphrase : IDisposable
{
    public const int Least = 16;

    private const int Most = 256;

    private readonly byte[] _text = GC.AllocateArray<byte>(Most + 2, pinned: true);
    private int _length;

    private Passphrase()
    {
    }

    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

    /// <exception cref="StartException">The file cannot be used, or what is in it.</exception>
    public static Passphrase FromFile(string path)
    {
        OwnerOnlyFile.Check(path);
        var passphrase = new Passphrase();
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            int read = file.ReadAtLeast(passphrase._text, passphrase._text.Length, throwOnEndOfStream: false);
            passphrase._length = passphrase._text.AsSpan(0, read).TrimEnd("\r\n"u8).Length;
            return passphrase.Check($"The passphrase in {path}");
        }
        catch
        {
            passphrase.Dispose();
            throw;
        }
    }

    /// <summary>Asks at the terminal, without echo.</summary>
    /// <exception cref="StartException">There is no terminal, or the passphrase is refused.</exception>
    public static Passphrase FromTerminal(string prompt)
    {
        if (Console.IsInputRedirected)
        {
            throw new StartException("There is no terminal to ask for a passphrase at; name files (see --help).");
        }

        Console.Error.Write(prompt);
        var passphrase = new Passphrase();
        for (ConsoleKeyInfo key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                passphrase._length = Math.Max(0, passphrase._length - 1);
            }
            else if (passphrase._length < passphrase._text.Length)
            {
                passphrase._text[passphrase._length++] = key.KeyChar is >= ' ' and <= '~' ? (byte)key.KeyChar : (byte)0;
            }
        }

        Console.Error.WriteLine();
        return passphrase.Check("The passphrase");
    }

    public bool Equals(Passphrase other) => CryptographicOperations.FixedTimeEquals(Text, other.Text);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_text);
        _length = 0;
    }

    private Passphrase Check(string what)
    {
        bool isUsable = _length is >= Least and <= Most && !Text.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        if (isUsable)
        {
            return this;
        }

        Dispose();
        throw new StartException($"{what} is refused: it must have {Least} to {Most} printable ASCII characters in one line.");
    }
}
