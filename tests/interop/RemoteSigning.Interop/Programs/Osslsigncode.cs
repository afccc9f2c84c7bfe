using System.Buffers.Binary;

namespace RemoteSigning.Interop.Programs;

/// <summary>osslsigncode: Authenticode, through OpenSSL's engine pkcs11.</summary>
internal sealed class Osslsigncode : CardProgram
{
    /// <summary>Where the headers of <see cref="SmallProgram"/> say where the signature is: the fifth data directory.</summary>
    private const int CertificateTable = 0xE8;

    private static readonly ProgramPage Text = ProgramPage.Read("osslsigncode");
    private static readonly string[] TimestampKeys = ["RSA-2048", "P-256"];
    private static readonly string[] Keys = ["RSA-2048", "RSA-4096", "P-256", "P-384"];

    public override string Name => "osslsigncode";

    public override string Page => "osslsigncode";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=${Package} ${Version}", "osslsigncode"];

    public override IEnumerable<Check> Checks =>
    [
        .. Enum.GetValues<CardMode>().SelectMany(mode => ForKeys("sign a PE file", mode, Keys, SignAsync)),
        .. ForKeys("sign -ts a PE file", CardMode.Pin, TimestampKeys, SignWithTimestampAsync),
    ];

    private static Task<Finding> SignWithTimestampAsync(Card card, CardKey key, CancellationToken cancel) => OneSignatureARunAsync(
        card,
        "osslsigncode verify",
        async n =>
        {
            string folder = card.NewFolder();
            Certify(card, key, folder);
            File.Copy(card.RootCertificate, Path.Combine(folder, "tsa-root.pem"));
            await File.WriteAllBytesAsync(Path.Combine(folder, "program.exe"), SmallProgram((byte)n), cancel);
            Text.Run(
                "sign-ts",
                card,
                folder,
                null,
                ("pkcs11:token=Remote%20Signing;object=RSA-2048;type=private", OpensslEngine.KeyUri(card, key, folder)),
                ("http://pki.example.com/tsa", card.Sandbox.Timestamp));
            string verdict = Text.Run("verify-ts", card, folder);
            Card.Expect(verdict, "Timestamp Server Signature verification: ok");
            Card.Expect(verdict, "Signature verification: ok");
        },
        cancel);

    private static Task<Finding> SignAsync(Card card, CardKey key, CancellationToken cancel) => OneSignatureARunAsync(
        card,
        "osslsigncode verify, openssl smime",
        async n =>
        {
            string folder = card.NewFolder();
            Certify(card, key, folder);
            await File.WriteAllBytesAsync(Path.Combine(folder, "program.exe"), SmallProgram((byte)n), cancel);
            Text.Run(
                "sign",
                card,
                folder,
                replacements: ("pkcs11:token=Remote%20Signing;object=RSA-2048;type=private", OpensslEngine.KeyUri(card, key, folder)));
            Card.Expect(Text.Run("verify", card, folder), "Signature verification: ok");
            VerifyWithOpenssl(card, folder);
        },
        cancel);

    /// <summary>A CA for code signing gives the card's key a certificate.</summary>
    private static void Certify(Card card, CardKey key, string folder) => card.Run("bash",
    [
        "-c",
        $"""
        set -euo pipefail
        cd '{folder}'
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj '/CN=Code Signing Root' -days 2
        printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n' >extensions
        openssl x509 -new -force_pubkey '{key.PublicKey}' -subj '/CN=Sample Signer' -CA root.pem -CAkey root.key -days 2 -extfile extensions -out certificates.pem
        """,
    ]);

    /// <summary>The signature is a PKCS #7 over the content of an SpcIndirectDataContent.</summary>
    private static void VerifyWithOpenssl(Card card, string folder)
    {
        string message = Path.Combine(folder, "signature.p7");
        string content = Path.Combine(folder, "content");
        byte[] program = File.ReadAllBytes(Path.Combine(folder, "program-signed.exe"));
        int table = BinaryPrimitives.ReadInt32LittleEndian(program.AsSpan(CertificateTable));
        int length = BinaryPrimitives.ReadInt32LittleEndian(program.AsSpan(table));
        File.WriteAllBytes(message, program[(table + 8)..(table + length)]);
        File.WriteAllBytes(content, CmsSignature.Read(message).Content);
        Card.Expect(
            card.Run("openssl",
            [
                "smime", "-verify", "-binary", "-inform", "der", "-in", message, "-content", content, "-purpose", "any",
                "-CAfile", Path.Combine(folder, "root.pem"), "-out", Path.Combine(folder, "verified"),
            ]),
            "Verification successful");
    }

    /// <summary>The least PE file for x64 (PE32+): headers and one section that begins with RET.</summary>
    private static byte[] SmallProgram(byte different)
    {
        const int Align = 512;
        byte[] file = new byte[2 * Align];
        Put(0, 2, 0x5A4D); // "MZ"
        Put(0x3C, 4, 0x40); // Where the PE header is.
        Put(0x40, 4, 0x4550); // "PE"
        Put(0x44, 2, 0x8664); // Machine.
        Put(0x46, 2, 1); // Sections.
        Put(0x54, 2, 240); // Size of the optional header.
        Put(0x56, 2, 0x22); // Executable, large addresses.
        Put(0x58, 2, 0x20B); // PE32+
        Put(0x5C, 4, Align); // Size of code.
        Put(0x68, 4, 0x1000); // Entry point.
        Put(0x6C, 4, 0x1000); // Base of code.
        Put(0x70, 8, 0x1_4000_0000); // Image base.
        Put(0x78, 4, 0x1000); // Alignment of sections.
        Put(0x7C, 4, Align); // Alignment in the file.
        Put(0x80, 2, 6); // Operating system version.
        Put(0x88, 2, 6); // Subsystem version.
        Put(0x90, 4, 0x2000); // Size of the image.
        Put(0x94, 4, Align); // Size of the headers.
        Put(0x9C, 2, 3); // Console.
        Put(0xC4, 4, 16); // Data directories.
        ".text"u8.CopyTo(file.AsSpan(0x148));
        Put(0x150, 4, 2); // Virtual size.
        Put(0x154, 4, 0x1000); // Virtual address.
        Put(0x158, 4, Align); // Size in the file.
        Put(0x15C, 4, Align); // Where in the file.
        Put(0x16C, 4, 0x6000_0020); // Code, readable, executable.
        file[Align] = 0xC3;
        file[Align + 1] = different;
        return file;

        void Put(int offset, int size, ulong value)
        {
            Span<byte> octets = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(octets, value);
            octets[..size].CopyTo(file.AsSpan(offset));
        }
    }
}
