import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.cert.X509Certificate;

/**
 * Signs a file, read in small parts, with one RSA key of a PKCS#11 card through SunPKCS11, and verifies the signature
 * with Java's own software provider. usage: java SignFile.java CONFIG PIN ALIAS FILE
 */
public final class SignFile {
    public static void main(String[] args) throws Exception {
        Provider card = Security.getProvider("SunPKCS11").configure(args[0]);
        Security.addProvider(card);
        KeyStore store = KeyStore.getInstance("PKCS11", card);
        store.load(null, args[1].toCharArray());
        Signature signer = Signature.getInstance("SHA256withRSA", card);
        signer.initSign((PrivateKey) store.getKey(args[2], null));
        byte[] part = new byte[1000];
        try (InputStream file = Files.newInputStream(Path.of(args[3]))) {
            for (int length = file.read(part); length > 0; length = file.read(part)) {
                signer.update(part, 0, length);
            }
        }
        byte[] signature = signer.sign();
        Signature verifier = Signature.getInstance("SHA256withRSA");
        verifier.initVerify(((X509Certificate) store.getCertificate(args[2])).getPublicKey());
        verifier.update(Files.readAllBytes(Path.of(args[3])));
        System.out.println(verifier.verify(signature) ? "valid" : "INVALID");
    }
}
