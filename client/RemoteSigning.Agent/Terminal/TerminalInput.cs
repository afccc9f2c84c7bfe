using RemoteSigning.Agent.Core;

namespace RemoteSigning.Agent.Terminal;

/// <summary>
/// Questions on the terminal. Reading does not block: a question that nobody waits for any more is taken back at once.
/// Keys that were pressed before a question stood there are no answer to it, and are dropped.
/// </summary>
internal sealed class TerminalInput(IKeyboard keyboard)
{
    private const int MaximumLength = 256;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(40);

    public static TerminalInput Own { get; } = new(new ConsoleKeyboard());

    public static bool IsPresent => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>What is typed up to Enter, without showing it; null when Escape was pressed.</summary>
    public async Task<Secret?> ReadHiddenAsync(string prompt, CancellationToken cancellation)
    {
        Ask(prompt);
        char[] typed = GC.AllocateArray<char>(MaximumLength, pinned: true);
        int length = 0;
        try
        {
            while (true)
            {
                ConsoleKeyInfo key = await ReadKeyAsync(cancellation);
                switch (key.Key)
                {
                    case ConsoleKey.Enter:
                        return new Secret(typed.AsSpan(0, length));
                    case ConsoleKey.Escape:
                        return null;
                    case ConsoleKey.Backspace:
                        length = Math.Max(0, length - 1);
                        break;
                    default:
                        if (!char.IsControl(key.KeyChar) && length < MaximumLength)
                        {
                            typed[length++] = key.KeyChar;
                        }

                        break;
                }
            }
        }
        finally
        {
            Array.Clear(typed);
            Console.Error.WriteLine();
        }
    }

    /// <summary>True for y; anything else is no.</summary>
    public async Task<bool> ConfirmAsync(string prompt, CancellationToken cancellation)
    {
        Ask(prompt);
        ConsoleKeyInfo key = await ReadKeyAsync(cancellation);
        Console.Error.WriteLine(key.KeyChar is 'y' or 'Y' ? "y" : "n");
        return key.KeyChar is 'y' or 'Y';
    }

    private void Ask(string prompt)
    {
        Console.Error.Write(prompt);
        while (keyboard.HasKey)
        {
            keyboard.Read();
        }
    }

    private async Task<ConsoleKeyInfo> ReadKeyAsync(CancellationToken cancellation)
    {
        while (!keyboard.HasKey)
        {
            await Task.Delay(Poll, cancellation);
        }

        return keyboard.Read();
    }
}
