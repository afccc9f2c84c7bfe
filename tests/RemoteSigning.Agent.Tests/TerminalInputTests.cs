using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Terminal;

namespace RemoteSigning.Agent.Tests;

/// <summary>What counts as an answer on the terminal.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class TerminalInputTests
{
    [TestCase("y", "n", false)]
    [TestCase("yyyy", "\r", false)]
    [TestCase("n", "y", true)]
    [TestCase("", "Y", true)]
    public async Task Confirm_KeysPressedBeforeTheQuestion_AreNoAnswer(string before, string after, bool agreed)
    {
        var input = new TerminalInput(new TypeAhead(before, after));
        Assert.That(await input.ConfirmAsync("Agree? ", CancellationToken.None), Is.EqualTo(agreed));
    }

    [TestCase("", "1234\r", "1234")]
    [TestCase("99\r99", "1234\r", "1234")]
    [TestCase("99", "12\b4\r", "14")]
    public async Task ReadHidden_KeysPressedBeforeTheQuestion_AreNotPartOfIt(string before, string after, string typed)
    {
        using Secret? secret = await new TerminalInput(new TypeAhead(before, after)).ReadHiddenAsync("PIN: ", CancellationToken.None);
        Assert.That(secret?.Reveal(), Is.EqualTo(typed));
    }

    [Test]
    public async Task ReadHidden_Escape_IsNoAnswer() =>
        Assert.That(await new TerminalInput(new TypeAhead("", "12\u001b")).ReadHiddenAsync("PIN: ", CancellationToken.None), Is.Null);

    [Test]
    public void Confirm_NobodyWaitsAnyMore_Ends()
    {
        var input = new TerminalInput(new TypeAhead("y", ""));
        Assert.That(() => input.ConfirmAsync("Agree? ", new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>Keys that wait already, and others that are pressed once those are gone.</summary>
    private sealed class TypeAhead(string before, string after) : IKeyboard
    {
        private readonly Queue<char> _before = new(before);
        private readonly Queue<char> _after = new(after);
        private bool _asked;

        public bool HasKey
        {
            get
            {
                bool waits = _before.Count > 0 || (_asked && _after.Count > 0);
                _asked |= _before.Count == 0;
                return waits;
            }
        }

        public ConsoleKeyInfo Read()
        {
            char key = _before.Count > 0 ? _before.Dequeue() : _after.Dequeue();
            ConsoleKey code = key switch
            {
                '\r' => ConsoleKey.Enter,
                '\b' => ConsoleKey.Backspace,
                '\u001b' => ConsoleKey.Escape,
                _ => ConsoleKey.None,
            };
            return new ConsoleKeyInfo(key, code, false, false, false);
        }
    }
}
