using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>What the programs of Java have in common.</summary>
internal static class JavaCard
{
    public static IReadOnlyList<string> Version { get; } = ["dpkg-query", "-W", "-f=${Package} ${Version}", "openjdk-17-jdk-headless"];

    /// <summary>A living program that signs through SunPKCS11 and connects through JSSE.</summary>
    public static SigningScript Script { get; } = new(
        (card, folder, pin) => Dialogue.Start(
            card, folder, "java", [Path.Combine(Installation.Current.Root, "tests", "interop", "SignOnRequest.java"), WriteConfiguration(card, folder), pin]),
        "open",
        der: true);

    /// <summary>Writes <c>card.cfg</c> of the page into a folder.</summary>
    /// <returns>Its path.</returns>
    public static string WriteConfiguration(Card card, string folder)
    {
        string file = Path.Combine(folder, "card.cfg");
        File.WriteAllText(file, ProgramPage.Read("java").Text("card.cfg", card));
        return file;
    }

    /// <summary>How keytool and jarsigner are to log in: the pages show mode <c>pin</c>.</summary>
    public static (string Word, string By) Login(Card card) =>
        ("-storepass:env CARD_PIN", card.Mode == CardMode.Pin ? "-storepass:env CARD_PIN" : "-protected");

    public static IReadOnlyDictionary<string, string> Pin(Card card) => new Dictionary<string, string> { ["CARD_PIN"] = card.Pin };
}
